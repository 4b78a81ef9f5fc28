'use strict';
(function () {
    const data = JSON.parse(document.getElementById('data').textContent);
    const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const REASONS = ['exhausted', 'fragmented', 'too_large'];
    const HEIGHT = 220;
    const TOP = 14;
    const BOTTOM = 24;
    const LEFT = 66;
    const RIGHT = 10;
    let drawn = 0;

    function bytes(value) {
        const units = ['B', 'KiB', 'MiB', 'GiB'];
        let unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return (Number.isInteger(value) ? value : value.toFixed(value < 10 ? 2 : 1)) + ' ' + units[unit];
    }

    function count(value) {
        return Math.round(value).toLocaleString('en');
    }

    function short(value) {
        return value >= 1e6 ? +(value / 1e6).toFixed(1) + 'M' : value >= 1e3 ? +(value / 1e3).toFixed(1) + 'k' : '' + value;
    }

    function maximum(lists) {
        return lists.reduce((most, list) => list.reduce((a, b) => Math.max(a, b), most), 0);
    }

    /* Three to six steps, round in the base that the numbers are read in. */
    function ticks(most, base) {
        let step = 1;
        const factors = base === 1024 ? [2] : [2, 2.5, 2];
        for (let i = 0; most / step > 5; i++) {
            step *= factors[i % factors.length];
        }
        const values = [];
        for (let value = 0; value <= most; value += step) {
            values.push(value);
        }
        return values;
    }

    /* A picture in a box of its own: takes the box's width, so that text keeps its size on every screen. */
    function figure(parent, title) {
        const box = document.createElement('figure');
        const head = document.createElement('h3');
        head.textContent = title;
        box.append(head);
        parent.append(box);
        const style = getComputedStyle(box);
        return {box: box, width: box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)};
    }

    function scale(width, most) {
        const inner = width - LEFT - RIGHT;
        const depth = HEIGHT - TOP - BOTTOM;
        return {
            inner: inner, depth: depth,
            x: part => LEFT + part * inner,
            y: value => TOP + depth * (1 - value / (most || 1))
        };
    }

    function frame(at, most, base, format) {
        let out = '';
        for (const value of ticks(most, base)) {
            const y = at.y(value).toFixed(1);
            out += `<line class="grid" x1="${LEFT}" x2="${LEFT + at.inner}" y1="${y}" y2="${y}"/>` +
                `<text x="${LEFT - 8}" y="${+y + 4}" text-anchor="end">${format(value)}</text>`;
        }
        return out + `<line class="axis" x1="${LEFT}" x2="${LEFT + at.inner}" y1="${at.y(0)}" y2="${at.y(0)}"/>`;
    }

    function timeAxis(at) {
        const last = data.events[data.events.length - 1];
        let out = '';
        const values = ticks(last, 10);
        values.forEach((value, i) => {
            const x = at.x(value / last);
            const anchor = i === 0 ? 'start' : x > at.x(1) - 24 ? 'end' : 'middle';
            out += `<text x="${x.toFixed(1)}" y="${HEIGHT - 6}" text-anchor="${anchor}">` +
                (i > 0 ? short(value) : at.inner > 420 ? 'map or unmap 0' : '0') + '</text>';
        });
        return out;
    }

    function path(at, list, close) {
        const parts = list.map((value, i) => at.x((i + 0.5) / list.length).toFixed(1) + ' ' + at.y(value).toFixed(1));
        return 'M' + parts.join('L') + (close ? `L${at.x(1 - 0.5 / list.length)} ${at.y(0)}L${at.x(0.5 / list.length)} ` +
            at.y(0) + 'Z' : '');
    }

    function put(box, width, content) {
        box.insertAdjacentHTML('beforeend',
            `<svg viewBox="0 0 ${width} ${HEIGHT}" height="${HEIGHT}" role="img">${content}</svg>`);
        drawn++;
        return box.lastElementChild;
    }

    /* A hair line under the pointer, and below the picture what is there. */
    function readout(box, at, target, summary, tell) {
        const text = document.createElement('p');
        text.className = 'readout';
        text.textContent = summary;
        box.append(text);
        const hair = target.querySelector('.hair');
        target.addEventListener('pointerleave', () => {
            text.textContent = summary;
            if (hair) {
                hair.style.visibility = 'hidden';
            }
        });
        target.addEventListener('pointermove', event => {
            const part = (event.clientX - target.getBoundingClientRect().left - LEFT) / at.inner;
            const i = Math.min(data.events.length - 1, Math.max(0, Math.floor(part * data.events.length)));
            if (hair) {
                const x = at.x((i + 0.5) / data.events.length);
                hair.setAttribute('x1', x);
                hair.setAttribute('x2', x);
                hair.style.visibility = 'visible';
            }
            text.textContent = `${count(data.events[i])} (${(data.micros[i] / 1e6).toFixed(3)} s): ${tell(i)}`;
        });
    }

    function hairLine() {
        return `<line class="hair" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`;
    }

    function occupancy(parent, policy) {
        const most = Math.max(...data.policies.map(p => p.pool)) * 1.04;
        const {box, width} = figure(parent, policy.name);
        const at = scale(width, most);
        const limit = at.y(policy.pool).toFixed(1);
        const svg = put(box, width, frame(at, most, 1024, bytes) + timeAxis(at) +
            `<path class="area" d="${path(at, policy.live, true)}"/><path class="line live" d="${path(at, policy.live)}"/>` +
            `<path class="line" d="${path(at, policy.used)}"/>` +
            `<line class="limit" x1="${LEFT}" x2="${LEFT + at.inner}" y1="${limit}" y2="${limit}"/>` + hairLine());
        const peaks = `at most: live ${bytes(maximum([policy.live]))}, used ${bytes(maximum([policy.used]))}`;
        readout(box, at, svg, peaks, i => `live ${bytes(policy.live[i])}, used ${bytes(policy.used[i])}`);
    }

    function colour(name) {
        const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        return [1, 3, 5].map(i => parseInt(text.substr(i, 2), 16));
    }

    function heat(parent, policy) {
        const {box, width} = figure(parent, policy.name);
        const at = scale(width, policy.pool);
        const holder = document.createElement('div');
        holder.className = 'map';
        box.append(holder);
        put(holder, width, frame(at, policy.pool, 1024, bytes) + timeAxis(at));
        const canvas = document.createElement('canvas');
        const columns = data.events.length;
        const rows = data.buckets;
        canvas.width = columns;
        canvas.height = rows;
        canvas.style.cssText = `left:${LEFT}px;top:${TOP}px;width:${at.inner}px;height:${at.depth}px`;
        const context = canvas.getContext('2d');
        const image = context.createImageData(columns, rows);
        const cold = colour('--cold');
        const hot = colour('--hot');
        for (let column = 0; column < columns; column++) {
            for (let row = 0; row < rows; row++) {
                const level = ALPHABET.indexOf(policy.heat[column * rows + row]) / (ALPHABET.length - 1);
                const pixel = ((rows - 1 - row) * columns + column) * 4;
                for (let i = 0; i < 3; i++) {
                    image.data[pixel + i] = cold[i] + (hot[i] - cold[i]) * level;
                }
                image.data[pixel + 3] = 255;
            }
        }
        context.putImageData(image, 0, 0);
        holder.append(canvas);
        readout(box, at, holder, `${bytes(policy.pool)} in ${data.buckets} parts`, i => `used ${bytes(policy.used[i])} of ${bytes(policy.pool)}`);
    }

    function largest(parent, policy) {
        const most = maximum(data.policies.map(p => p.largest)) * 1.04;
        const {box, width} = figure(parent, policy.name + ': longest free run');
        const at = scale(width, most);
        const svg = put(box, width, frame(at, most, 1024, bytes) + timeAxis(at) +
            `<path class="line live" d="${path(at, policy.largest)}"/>` + hairLine());
        const least = policy.largest.reduce((a, b) => Math.min(a, b));
        readout(box, at, svg, `at least ${bytes(least)}`, i => `longest free run ${bytes(policy.largest[i])}`);
    }

    function histogram(parent, policy) {
        const {box, width} = figure(parent, `${policy.name}: free runs at the peak, ${bytes(policy.free)} free`);
        const shown = data.policies.flatMap(p => p.runs.map((runs, i) => runs > 0 ? i : -1)).filter(i => i >= 0);
        const first = Math.min(...shown);
        const classes = Math.max(...shown) - first + 1;
        const most = maximum(data.policies.map(p => p.runs)) * 1.1;
        if (policy.runs.every(runs => runs === 0)) {
            return nothing(box, 'Nothing was free.');
        }
        const at = scale(width, most);
        const slot = at.inner / classes;
        const every = Math.ceil(54 / slot);
        let out = frame(at, most, 10, short);
        for (let i = 0; i < classes; i++) {
            const runs = policy.runs[first + i];
            const x = LEFT + i * slot;
            if (runs > 0) {
                out += `<rect class="bar" x="${x + slot * 0.1}" width="${Math.min(slot * 0.8, 60)}" y="${at.y(runs)}" ` +
                    `height="${at.y(0) - at.y(runs)}"/><text class="value" x="${x + slot * 0.1 + Math.min(slot * 0.4, 30)}" ` +
                    `y="${at.y(runs) - 3}" text-anchor="middle">${short(runs)}</text>`;
            }
            if (i % every === 0) {
                out += `<text x="${x + slot * 0.1}" y="${HEIGHT - 6}">${bytes(Math.pow(2, first + i)).replace('iB', '')}</text>`;
            }
        }
        put(box, width, out);
    }

    function nothing(box, text) {
        const words = document.createElement('p');
        words.className = 'readout';
        words.textContent = text;
        box.append(words);
        drawn++;
    }

    function refusals(parent, policy) {
        const {box, width} = figure(parent, `${policy.name}: ${count(policy.refused)} refused`);
        if (policy.refused === 0) {
            return nothing(box, 'Nothing was refused.');
        }
        const columns = data.events.length;
        const sums = p => p.refusals.exhausted.map((x, i) => x + p.refusals.fragmented[i] + p.refusals.too_large[i]);
        const most = maximum(data.policies.map(sums)) * 1.04;
        const at = scale(width, most);
        let out = frame(at, most, 10, short) + timeAxis(at);
        for (let i = 0; i < columns; i++) {
            let below = 0;
            for (const reason of REASONS) {
                const value = policy.refusals[reason][i];
                if (value > 0) {
                    const height = Math.max(2, at.y(below) - at.y(below + value));
                    out += `<rect class="${reason}" x="${at.x(i / columns).toFixed(1)}" width="${
                        Math.max(1.2, at.inner / columns).toFixed(1)}" y="${(at.y(below) - height).toFixed(1)}" height="${
                        height.toFixed(1)}"/>`;
                    below += value;
                }
            }
        }
        const svg = put(box, width, out + hairLine());
        const total = r => policy.refusals[r].reduce((a, b) => a + b);
        const list = value => REASONS.map(r => `${r.replace('_', ' ')} ${count(value(r))}`).join(', ');
        readout(box, at, svg, list(total), i => list(r => policy.refusals[r][i]));
    }

    function smallest(parent) {
        const bars = [{name: 'live at the peak', bytes: data.peak_live, style: ' peak'}].concat(
            data.smallest.filter(s => s.bytes !== null).map(s => ({name: s.name, bytes: s.bytes, style: ''})));
        const box = document.createElement('div');
        box.className = 'single';
        parent.append(box);
        const width = box.clientWidth - 24;
        const most = Math.max(...bars.map(b => b.bytes)) || 1;
        const from = 116;
        const room = width - from - (width < 500 ? 132 : 200);
        const rows = bars.map((bar, i) => {
            const y = 8 + i * 30;
            const length = Math.max(1, room * bar.bytes / most);
            const share = i === 0 ? '' : `, ${(100 * data.peak_live / bar.bytes).toFixed(1)} % live`;
            return `<text x="${from - 10}" y="${y + 15}" text-anchor="end">${bar.name}</text>` +
                `<rect class="bar${bar.style}" x="${from}" y="${y}" width="${length}" height="20"/>` +
                `<text class="value" x="${from + length + 8}" y="${y + 15}">${bytes(bar.bytes)}${share}</text>`;
        });
        const height = 12 + 30 * bars.length;
        box.innerHTML = `<svg viewBox="0 0 ${width} ${height}" height="${height}" role="img">${rows.join('')}</svg>`;
        drawn++;
    }

    function draw() {
        drawn = 0;
        const pictures = {occupancy: occupancy, heat: heat, largest: largest, histogram: histogram, refusals: refusals};
        for (const [id, picture] of Object.entries(pictures)) {
            const parent = document.getElementById(id);
            parent.replaceChildren();
            for (const policy of data.policies) {
                if (data.events.length === 0) {
                    nothing(figure(parent, policy.name).box, 'The trace is empty.');
                } else {
                    picture(parent, policy);
                }
            }
        }
        const parent = document.getElementById('smallest');
        if (parent) {
            parent.replaceChildren();
            smallest(parent);
        }
        document.body.dataset.drawn = drawn;
    }

    draw();
    let width = window.innerWidth;
    window.addEventListener('resize', () => {
        if (window.innerWidth !== width) {
            width = window.innerWidth;
            draw();
        }
    });
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
})();
