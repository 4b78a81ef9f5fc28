'use strict';
(function () {
    const data = JSON.parse(document.getElementById('data').textContent);
    const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const REASONS = ['exhausted', 'fragmented', 'too_large'];
    const HEIGHT = 246;
    const TOP = 14;
    const BOTTOM = 50;
    const LEFT = 66;
    const RIGHT = 12;
    const count = data.events.length;
    /* Pictures over time share one cursor: pointing at one of them shows that moment in all. */
    let cursors = [];
    let drawn = 0;

    function bytes(value) {
        const units = ['B', 'KiB', 'MiB', 'GiB'];
        let unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return (Number.isInteger(value) ? value : value.toFixed(1)) + ' ' + units[unit];
    }

    function number(value) {
        return Math.round(value).toLocaleString('en');
    }

    function short(value) {
        return value >= 1e6 ? +(value / 1e6).toFixed(1) + 'M' : value >= 1e3 ? +(value / 1e3).toFixed(1) + 'k' : '' + value;
    }

    function time(micros) {
        return micros < 1e3 ? micros + ' µs' : micros < 1e6 ? (micros / 1e3).toPrecision(3) + ' ms' :
            (micros / 1e6).toFixed(micros < 1e8 ? 2 : 0) + ' s';
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

    /*
     * A box for each picture, all made before the first is drawn: a picture takes the width of its box, so that text
     * keeps its size on every screen.
     */
    function figures(parent, titles) {
        parent.replaceChildren();
        const boxes = titles.map(title => {
            const box = document.createElement('figure');
            const head = document.createElement('h3');
            head.textContent = title;
            box.append(head);
            parent.append(box);
            return box;
        });
        return boxes.map((box, i) => {
            const style = getComputedStyle(box);
            return {box: box, title: titles[i],
                width: box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)};
        });
    }

    function scale(width, most) {
        const inner = width - LEFT - RIGHT;
        const depth = HEIGHT - TOP - BOTTOM;
        return {
            inner: inner, depth: depth,
            x: part => LEFT + part * inner,
            middle: i => LEFT + (i + 0.5) / count * inner,
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
        const last = data.events[count - 1];
        let out = '';
        ticks(last, 10).forEach((value, i) => {
            const x = at.x(value / last).toFixed(1);
            const anchor = i === 0 ? 'start' : +x > at.x(1) - 24 ? 'end' : 'middle';
            const micros = i === 0 ? 0 : data.micros[data.events.findIndex(event => event >= value)];
            out += `<text x="${x}" y="${HEIGHT - 21}" text-anchor="${anchor}">${i > 0 ? short(value) : 'event 0'}</text>` +
                `<text x="${x}" y="${HEIGHT - 6}" text-anchor="${anchor}">${micros > 0 ? time(micros) : '0 s'}</text>`;
        });
        return out;
    }

    function path(at, list, close) {
        const parts = list.map((value, i) => at.middle(i).toFixed(1) + ' ' + at.y(value).toFixed(1));
        return 'M' + parts.join('L') + (close ?
            `L${at.middle(count - 1).toFixed(1)} ${at.y(0)}L${at.middle(0).toFixed(1)} ${at.y(0)}Z` : '');
    }

    /* The area between two lists. */
    function band(at, low, high) {
        const point = (list, i) => at.middle(i).toFixed(1) + ' ' + at.y(list[i]).toFixed(1);
        const there = high.map((value, i) => point(high, i));
        const back = low.map((value, i) => point(low, i)).reverse();
        return 'M' + there.concat(back).join('L') + 'Z';
    }

    function svg(width, height, content) {
        return `<svg viewBox="0 0 ${width} ${height}" height="${height}" aria-hidden="true">${content}</svg>`;
    }

    function paragraph(box, text) {
        const words = document.createElement('p');
        words.className = 'readout';
        words.textContent = text;
        box.append(words);
        return words;
    }

    function nothing(box, text) {
        paragraph(box, text);
        drawn++;
    }

    /* A picture that does not change: its words are its name. */
    function still(box, width, height, content, words) {
        const plot = document.createElement('div');
        plot.setAttribute('role', 'img');
        plot.setAttribute('aria-label', words);
        plot.innerHTML = svg(width, height, content);
        box.append(plot);
        drawn++;
    }

    /* Moves the cursor of all pictures; to nowhere if there is no such moment. */
    function point(i) {
        for (const cursor of cursors) {
            cursor.show(i);
        }
    }

    /*
     * A picture over time, with a line at the cursor and below it what is there. It is a slider to the keyboard and to
     * screen readers. marks has the moments that the pointer snaps to.
     */
    function overTime(of, at, content, summary, tell, marks) {
        const plot = document.createElement('div');
        plot.className = 'plot';
        plot.tabIndex = 0;
        const attributes = {role: 'slider', 'aria-label': of.title + ', over time', 'aria-valuemin': 0,
            'aria-valuemax': count - 1, 'aria-valuenow': 0, 'aria-valuetext': summary};
        Object.entries(attributes).forEach(([name, value]) => plot.setAttribute(name, value));
        plot.innerHTML = svg(of.width, HEIGHT, content +
            `<line class="hair" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`);
        of.box.append(plot);
        const text = paragraph(of.box, summary);
        const hair = plot.querySelector('.hair');
        let now = -1;
        cursors.push({show: i => {
            const words = i < 0 ? summary : `event ${number(data.events[i])}, ${time(data.micros[i])}: ${tell(i)}`;
            now = i;
            text.textContent = words;
            plot.setAttribute('aria-valuenow', Math.max(0, i));
            plot.setAttribute('aria-valuetext', words);
            hair.setAttribute('x1', at.middle(i));
            hair.setAttribute('x2', at.middle(i));
            hair.style.visibility = i < 0 ? 'hidden' : 'visible';
        }});
        function follow(event) {
            const x = event.clientX - plot.getBoundingClientRect().left;
            const i = Math.min(count - 1, Math.max(0, Math.floor((x - LEFT) / at.inner * count)));
            const reach = (event.pointerType === 'touch' ? 14 : 5) / at.inner * count;
            const near = (marks || []).filter(mark => Math.abs(mark - i) <= reach)
                .sort((a, b) => Math.abs(a - i) - Math.abs(b - i));
            point(near.length > 0 ? near[0] : i);
        }
        plot.addEventListener('pointerdown', follow);
        plot.addEventListener('pointermove', follow);
        plot.addEventListener('pointerleave', event => event.pointerType === 'mouse' && point(-1));
        plot.addEventListener('blur', () => point(-1));
        plot.addEventListener('keydown', event => {
            const later = (marks || []).find(mark => mark > now);
            const earlier = (marks || []).findLast(mark => mark < now);
            const to = {ArrowRight: now + 1, ArrowUp: now + 1, ArrowLeft: now - 1, ArrowDown: now - 1, Home: 0,
                End: count - 1, PageDown: later ?? now + 20, PageUp: earlier ?? now - 20}[event.key];
            if (event.key === 'Escape') {
                point(-1);
            } else if (Number.isInteger(to)) {
                event.preventDefault();
                point(Math.min(count - 1, Math.max(0, to)));
            }
        });
        drawn++;
        return plot;
    }

    function refusedAt(policy, i) {
        const parts = REASONS.filter(r => policy.refusals[r][i] > 0)
            .map(r => `${number(policy.refusals[r][i])} ${r.replace('_', ' ')}`);
        const first = policy.first.find(refusal => refusal.at === i);
        return parts.length === 0 ? 'nothing refused' : `refused ${parts.join(', ')}; the first ` +
            (first.device ? `of ${first.device}, ` : '') + `${bytes(first.bytes)}, ${first.reason.replace('_', ' ')}, ` +
            `event ${number(first.event)}`;
    }

    function mark(reason, x, y) {
        const shapes = {
            exhausted: `M${x - 4.5} ${y + 9}L${x + 4.5} ${y + 9}L${x} ${y}Z`,
            fragmented: `M${x} ${y}L${x + 4.5} ${y + 4.5}L${x} ${y + 9}L${x - 4.5} ${y + 4.5}Z`,
            too_large: `M${x - 4} ${y + 1}h8v8h-8Z`
        };
        return `<path class="${reason}" d="${shapes[reason]}"/>`;
    }

    function occupancy(of, policy) {
        const most = Math.max(...data.policies.map(p => p.pool)) * 1.04;
        const at = scale(of.width, most);
        const limit = at.y(policy.pool).toFixed(1);
        const marks = policy.first.map(refusal => mark(refusal.reason, +at.middle(refusal.at).toFixed(1), at.y(0) + 3));
        const content = frame(at, most, 1024, bytes) + timeAxis(at) +
            `<path class="area" d="${path(at, policy.live, true)}"/><path class="line live" d="${path(at, policy.live)}"/>` +
            `<path class="line" d="${path(at, policy.used)}"/>` +
            `<line class="limit" x1="${LEFT}" x2="${LEFT + at.inner}" y1="${limit}" y2="${limit}"/>` + marks.join('');
        const peaks = `at most: live ${bytes(maximum([policy.live]))}, used ${bytes(maximum([policy.used]))}; ` +
            `${number(policy.refused)} refused`;
        overTime(of, at, content, peaks, i => `live ${bytes(policy.live[i])}, used ${bytes(policy.used[i])}; ` +
            refusedAt(policy, i), policy.first.map(refusal => refusal.at));
    }

    /* Bytes in bands upon each other, the first at the bottom. */
    function bands(of, stack) {
        const sums = [new Array(count).fill(0)];
        for (const list of stack.bytes) {
            const below = sums[sums.length - 1];
            sums.push(list.map((value, i) => below[i] + value));
        }
        const most = maximum(sums) * 1.04;
        const at = scale(of.width, most);
        const areas = stack.bytes.map((list, i) =>
            `<path class="band ${stack.styles[i]}" d="${band(at, sums[i], sums[i + 1])}"/>`);
        const list = value => stack.names.map((name, i) => ({name: name, value: value(i)})).filter(b => b.value > 0)
            .reverse().map(b => `${b.name} ${bytes(b.value)}`).join(', ') || 'nothing live';
        overTime(of, at, frame(at, most, 1024, bytes) + timeAxis(at) + areas.join(''),
            'each at its most: ' + list(i => maximum([stack.bytes[i]])), i => list(b => stack.bytes[b][i]));
    }

    function colour(name) {
        const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        return [1, 3, 5].map(i => parseInt(text.substr(i, 2), 16));
    }

    function heat(of, policy) {
        const at = scale(of.width, policy.pool);
        const holder = overTime(of, at, frame(at, policy.pool, 1024, bytes) + timeAxis(at),
            `${bytes(policy.pool)} in ${data.buckets} parts`,
            i => `used ${bytes(policy.used[i])} of ${bytes(policy.pool)}`);
        const canvas = document.createElement('canvas');
        const rows = data.buckets;
        canvas.width = count;
        canvas.height = rows;
        canvas.style.cssText = `left:${LEFT}px;top:${TOP}px;width:${at.inner}px;height:${at.depth}px`;
        const context = canvas.getContext('2d');
        const image = context.createImageData(count, rows);
        const cold = colour('--cold');
        const hot = colour('--hot');
        for (let column = 0; column < count; column++) {
            for (let row = 0; row < rows; row++) {
                const level = ALPHABET.indexOf(policy.heat[column * rows + row]) / (ALPHABET.length - 1);
                const pixel = ((rows - 1 - row) * count + column) * 4;
                for (let i = 0; i < 3; i++) {
                    image.data[pixel + i] = cold[i] + (hot[i] - cold[i]) * level;
                }
                image.data[pixel + 3] = 255;
            }
        }
        context.putImageData(image, 0, 0);
        /* Below the line of the cursor. */
        holder.prepend(canvas);
    }

    function largest(of, policy) {
        const most = maximum(data.policies.map(p => p.largest)) * 1.04;
        const at = scale(of.width, most);
        const least = policy.largest.reduce((a, b) => Math.min(a, b));
        overTime(of, at, frame(at, most, 1024, bytes) + timeAxis(at) +
            `<path class="line live" d="${path(at, policy.largest)}"/>`, `at least ${bytes(least)}`,
            i => `longest free run ${bytes(policy.largest[i])}`);
    }

    function histogram({box, title, width}, policy) {
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
        const words = [];
        for (let i = 0; i < classes; i++) {
            const runs = policy.runs[first + i];
            const x = LEFT + i * slot;
            const length = bytes(Math.pow(2, first + i));
            if (runs > 0) {
                words.push(`${number(runs)} from ${length}`);
                out += `<rect class="bar" x="${x + slot * 0.1}" width="${Math.min(slot * 0.8, 60)}" y="${at.y(runs)}" ` +
                    `height="${at.y(0) - at.y(runs)}"/><text class="value" x="${x + slot * 0.1 + Math.min(slot * 0.4, 30)}" ` +
                    `y="${at.y(runs) - 3}" text-anchor="middle">${short(runs)}</text>`;
            }
            if (i % every === 0) {
                out += `<text x="${x + slot * 0.1}" y="${HEIGHT - BOTTOM + 16}">${length.replace('iB', '')}</text>`;
            }
        }
        still(box, width, HEIGHT - BOTTOM + 24, out, title + ': ' + words.join(', '));
    }

    function refusals(of, policy) {
        if (policy.refused === 0) {
            return nothing(of.box, 'Nothing was refused.');
        }
        const sums = p => p.refusals.exhausted.map((x, i) => x + p.refusals.fragmented[i] + p.refusals.too_large[i]);
        const most = maximum(data.policies.map(sums)) * 1.04;
        const at = scale(of.width, most);
        let out = frame(at, most, 10, short) + timeAxis(at);
        for (let i = 0; i < count; i++) {
            let below = 0;
            for (const reason of REASONS) {
                const value = policy.refusals[reason][i];
                if (value > 0) {
                    const height = Math.max(2, at.y(below) - at.y(below + value));
                    out += `<rect class="${reason}" x="${at.x(i / count).toFixed(1)}" width="${
                        Math.max(2, at.inner / count).toFixed(1)}" y="${(at.y(below) - height).toFixed(1)}" height="${
                        height.toFixed(1)}"/>`;
                    below += value;
                }
            }
        }
        const total = r => policy.refusals[r].reduce((a, b) => a + b);
        overTime(of, at, out, REASONS.map(r => `${r.replace('_', ' ')} ${number(total(r))}`).join(', '),
            i => refusedAt(policy, i), policy.first.map(refusal => refusal.at));
    }

    function smallest(parent) {
        const bars = [{name: 'live at the peak', bytes: data.peak_live, style: ' peak'}].concat(
            data.smallest.map(s => ({name: s.name, bytes: s.bytes, part: s.part, style: ''})));
        const box = document.createElement('div');
        box.className = 'single';
        parent.append(box);
        const width = box.clientWidth - 24;
        const most = Math.max(...bars.map(b => b.bytes)) || 1;
        const from = 116;
        const room = width - from - (width < 500 ? 136 : 200);
        const words = [];
        const rows = bars.map((bar, i) => {
            const y = 8 + i * 30;
            const length = bar.bytes === null ? 0 : Math.max(1, room * bar.bytes / most);
            const share = i === 0 ? '' : `, ${(100 * bar.part).toFixed(1)} % live`;
            const value = bar.bytes === null ? 'no size helps' : bytes(bar.bytes) + share;
            words.push(`${bar.name} ${value}`);
            return `<text x="${from - 10}" y="${y + 15}" text-anchor="end">${bar.name}</text>` +
                `<rect class="bar${bar.style}" x="${from}" y="${y}" width="${length}" height="20"/>` +
                `<text class="value" x="${from + length + 8}" y="${y + 15}">${value}</text>`;
        });
        still(box, width, 12 + 30 * bars.length, rows.join(''), words.join('; '));
    }

    const pictures = {
        occupancy: {title: p => `${p.name}: ${bytes(p.pool)}`, picture: occupancy},
        refusals: {title: p => `${p.name}: ${number(p.refused)} refused`, picture: refusals},
        heat: {title: p => `${p.name}: ${bytes(p.pool)}`, picture: heat},
        largest: {title: p => p.name + ': longest free run', picture: largest},
        histogram: {title: p => `${p.name}: free runs at the peak, ${bytes(p.free)} free`, picture: histogram}
    };

    function draw() {
        drawn = 0;
        cursors = [];
        for (const [id, {title, picture}] of Object.entries(pictures)) {
            const parent = document.getElementById(id);
            /* Without refusals there is no place for their picture. */
            (parent ? figures(parent, data.policies.map(title)) : []).forEach((of, i) => {
                if (count === 0) {
                    nothing(of.box, 'The trace is empty.');
                } else {
                    picture(of, data.policies[i]);
                }
            });
        }
        const stacks = count === 0 ? [] : data.bands;
        figures(document.getElementById('bands'), stacks.map(stack => stack.title))
            .forEach((of, i) => bands(of, stacks[i]));
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
