/* Runs behind the script of a report and notes on the page's body what a test asks of it. */
(function () {
    const note = document.body.dataset;
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});

    /* Red, green, blue from 0 to 1, and how opaque. */
    function colour(text) {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = text;
        canvas.fillRect(0, 0, 1, 1);
        return Array.from(canvas.getImageData(0, 0, 1, 1).data, value => value / 255);
    }

    function luminance([red, green, blue]) {
        const part = value => value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
        return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
    }

    /* As WCAG 2 has it. */
    function contrast(one, other) {
        const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    }

    function ground(element) {
        for (let at = element; at !== null; at = at.parentElement) {
            const background = colour(getComputedStyle(at).backgroundColor);
            if (background[3] > 0.99 && !(at instanceof SVGElement)) {
                return background;
            }
        }
        return [1, 1, 1, 1];
    }

    document.querySelectorAll('details').forEach(details => { details.open = true; });
    note.inner = window.innerWidth;
    note.wide = document.documentElement.scrollWidth;
    note.loaded = performance.getEntriesByType('resource').length;

    note.outside = Array.from(document.body.querySelectorAll('*')).filter(element =>
        !element.closest('.wide, pre') && element.getBoundingClientRect().right > window.innerWidth + 0.5)
        .map(element => element.tagName + ' ' + element.textContent.slice(0, 30)).join('; ');

    let least = 21;
    let texts = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const element = node.parentElement;
        const style = getComputedStyle(element);
        if (node.data.trim() === '' || element.closest('script, noscript, style') || element.getClientRects().length === 0) {
            continue;
        }
        const paint = colour(element instanceof SVGElement ? style.fill : style.color);
        const found = contrast(paint, ground(element));
        if (found < least) {
            least = found;
            note.dimmest = node.data.slice(0, 40);
        }
        texts++;
    }
    note.contrast = least.toFixed(2);
    note.texts = texts;
    /* Colours that mean something against the ground they are drawn on: 3 to 1. */
    const style = getComputedStyle(document.documentElement);
    const card = colour(style.getPropertyValue('--card'));
    const names = ['live', 'used', 'pool', 'exhausted', 'fragmented', 'too_large', 'long', 'transient', 'focus']
        .concat(Array.from({length: 8}, (none, i) => 'band' + i));
    note.faint = names.filter(name => contrast(colour(style.getPropertyValue('--' + name)), card) < 3).join(' ');

    /* More is above less, and address 0 is at the bottom. */
    const first = document.querySelector('#occupancy .plot');
    if (first !== null) {
        note.up = first.querySelector('.axis').getAttribute('y1') - first.querySelector('.limit').getAttribute('y1') > 100;
        const data = JSON.parse(document.getElementById('data').textContent);
        const heat = document.querySelector('#heat canvas');
        const cold = colour(style.getPropertyValue('--cold'));
        const hot = colour(style.getPropertyValue('--hot'));
        const levels = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        let off = 0;
        for (let column = 0; column < heat.width; column += 7) {
            for (let row = 0; row < heat.height; row++) {
                const level = levels.indexOf(data.policies[0].heat[column * heat.height + row]) / 63;
                const red = heat.getContext('2d').getImageData(column, heat.height - 1 - row, 1, 1).data[0] / 255;
                off = Math.max(off, Math.abs(red - cold[0] - (hot[0] - cold[0]) * level));
            }
        }
        note.heat = off < 0.02;
    }

    /* To the first refusal with the keyboard, then to the same one with a finger, which is beside it. */
    const plot = document.querySelector('#occupancy figure:nth-child(2) .plot');
    const readout = plot.nextElementSibling;
    plot.dispatchEvent(new KeyboardEvent('keydown', {key: 'PageDown', bubbles: true}));
    note.key = readout.textContent;
    note.valuetext = plot.getAttribute('aria-valuetext');
    const shape = plot.querySelector('path.exhausted, path.fragmented, path.too_large');
    plot.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}));
    note.away = readout.textContent;
    if (shape !== null) {
        const box = shape.getBoundingClientRect();
        plot.dispatchEvent(new PointerEvent('pointerdown',
            {clientX: box.x - 3, clientY: box.y, pointerType: 'touch', bubbles: true}));
        note.tap = readout.textContent;
        plot.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}));
    }
    document.querySelectorAll('details').forEach(details => { details.open = false; });
    note.height = Math.ceil(document.documentElement.getBoundingClientRect().height);
})();
