/*
 * What is wrong with how the page is laid out, as a list of sentences.
 *
 * options.print: the page stands as it is printed, where nothing scrolls.
 * options.smallest: the smallest letters that are not a flaw, in pixels.
 */
(options) => {
  const SLACK = 1.5; // pixels
  const MIDDLE = 0.6; // the part of a line's height that letters surely fill
  const width = document.documentElement.clientWidth;
  const flaws = new Set();
  const quote = (text) => `"${text.trim().replace(/\s+/g, " ").slice(0, 40)}"`;

  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });

  // Corners of a box in the coordinates of the window, without the upper and lower edge of a line.
  const corners = (x, y, w, h, matrix) => {
    const cut = (h * (1 - MIDDLE)) / 2;
    return [[x, y + cut], [x + w, y + cut], [x + w, y + h - cut], [x, y + h - cut]].map(([a, b]) => {
      const point = new DOMPoint(a, b).matrixTransform(matrix);
      return [point.x, point.y];
    });
  };

  const piece = (node, owner, text, points, size) => {
    const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
    return {
      node, owner, text, points, size,
      left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys),
    };
  };

  const pieces = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.parentElement;
    if (!node.data.trim() || owner.closest("script, style, title, svg") || !shown(owner)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const size = parseFloat(getComputedStyle(owner).fontSize);
    for (const box of range.getClientRects()) {
      if (box.width < 0.5 || !size) continue;
      const points = corners(box.x, box.y, box.width, box.height, new DOMMatrix());
      pieces.push(piece(node, owner, node.data, points, size));
    }
  }
  for (const node of document.querySelectorAll("svg text")) {
    if (!node.textContent.trim() || !shown(node)) continue;
    const box = node.getBBox(), matrix = node.getScreenCTM();
    const size = parseFloat(getComputedStyle(node).fontSize) * Math.hypot(matrix.c, matrix.d);
    const points = corners(box.x, box.y, box.width, box.height, matrix);
    pieces.push(piece(node, node, node.textContent, points, size));
  }

  // Separating axes of two convex quadrangles.
  const overlap = (one, other) => {
    for (const [a, b] of [[one, other], [other, one]]) {
      for (let i = 0; i < 4; i++) {
        const [p, q] = [a[i], a[(i + 1) % 4]];
        const length = Math.hypot(q[0] - p[0], q[1] - p[1]);
        if (length < 1e-6) continue;
        const normal = [(q[1] - p[1]) / length, (p[0] - q[0]) / length];
        const along = (points) => points.map((r) => r[0] * normal[0] + r[1] * normal[1]);
        const first = along(a), second = along(b);
        if (Math.min(Math.max(...first), Math.max(...second)) -
            Math.max(Math.min(...first), Math.min(...second)) < SLACK) return false;
      }
    }
    return true;
  };

  // What holds an element and lets its contents scroll: its contents may stand outside of it.
  const scrolls = (element) => {
    for (let e = element; e && e !== document.body; e = e.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(e).overflowX)) return e;
    }
    return null;
  };

  pieces.sort((a, b) => a.top - b.top);
  pieces.forEach((a, i) => {
    for (let k = i + 1; k < pieces.length && pieces[k].top < a.bottom; k++) {
      const b = pieces[k];
      if (a.node === b.node || a.right < b.left || b.right < a.left) continue;
      if (overlap(a.points, b.points)) flaws.add(`${quote(a.text)} lies over ${quote(b.text)}`);
    }
    if (a.size < options.smallest) flaws.add(`${quote(a.text)} is ${a.size.toFixed(1)} px small`);
    const inside = options.print ? null : scrolls(a.owner);
    if (!inside && (a.right > width + SLACK || a.left < -SLACK)) {
      flaws.add(`${quote(a.text)} stands outside of the page`);
    }
  });

  for (const mark of document.querySelectorAll("svg.plot [id*='axes'] use")) {
    const box = mark.getBoundingClientRect();
    const points = [[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]];
    const plot = mark.closest("svg");
    for (const text of pieces) {
      if (text.owner.closest("svg") !== plot) continue;
      if (overlap(points, text.points)) flaws.add(`${quote(text.text)} lies over a point of a plot`);
    }
  }

  for (const text of pieces) {
    const svg = text.owner.closest("svg");
    if (!svg) continue;
    const box = svg.getBoundingClientRect();
    if (text.left < box.left - SLACK || text.right > box.right + SLACK ||
        text.top < box.top - SLACK || text.bottom > box.bottom + SLACK) {
      flaws.add(`${quote(text.text)} stands outside of its drawing`);
    }
  }

  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest("svg") || !shown(element)) continue;
    const { overflowX, overflowY } = getComputedStyle(element);
    const cuts = options.print ? ["hidden", "clip", "auto", "scroll"] : ["hidden", "clip"];
    const wide = element.scrollWidth > element.clientWidth + SLACK;
    const high = element.scrollHeight > element.clientHeight + SLACK;
    if ((cuts.includes(overflowX) && wide) || (cuts.includes(overflowY) && high)) {
      flaws.add(`${quote(element.textContent)} is cut`);
    }
  }
  for (const drawing of document.body.querySelectorAll("svg, table, pre")) {
    const box = drawing.getBoundingClientRect();
    const inside = options.print ? null : scrolls(drawing);
    if (shown(drawing) && !inside && (box.right > width + SLACK || box.left < -SLACK)) {
      flaws.add(`a ${drawing.localName} is wider than the page`);
    }
  }
  if (document.documentElement.scrollWidth > width) flaws.add("the page scrolls sideways");
  return [...flaws];
}
