// What a person would see at a glance, each as a list of the texts that are wrong.
const checks = (() => {
  const least = { contrast: 4.5, pixels: 9 };

  // WCAG 2.2, "relative luminance", of a colour such as rgb(1, 2, 3).
  function luminance(colour) {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3)
      .map(level => level / 255)
      .map(level => level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  const background = () => getComputedStyle(document.body).backgroundColor;

  const pictures = () => [...document.querySelectorAll('svg')].map(svg => ({
    frame: svg.getBoundingClientRect(),
    texts: [...svg.querySelectorAll('text')].map(text => ({ text, words: text.textContent, box: text.getBoundingClientRect() })),
  }));

  const isOutside = (box, frame) =>
    box.left < frame.left - 0.5 || box.right > frame.right + 0.5 || box.top < frame.top - 0.5 || box.bottom > frame.bottom + 0.5;

  // A line's box is higher than its letters.
  const overlap = (one, other) =>
    one.left + 0.5 < other.right && other.left + 0.5 < one.right && one.top + 3 < other.bottom && other.top + 3 < one.bottom;

  const hasWords = element => [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());

  return {
    luminance,
    background,
    openTables: () => document.querySelectorAll('details').forEach(one => { one.open = true; }),
    cut: () => pictures().flatMap(({ frame, texts }) => texts.filter(({ box }) => isOutside(box, frame)).map(({ words }) => words)),
    overlapping: () => pictures().flatMap(({ texts }) => texts.flatMap((one, index) =>
      texts.slice(index + 1).filter(other => overlap(one.box, other.box)).map(other => `${one.words} / ${other.words}`))),
    small: () => pictures().flatMap(({ texts }) => texts
      .filter(({ text }) => {
        const scale = text.getScreenCTM();
        return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(scale.a, scale.b) < least.pixels;
      })
      .map(({ words }) => words)),
    // Text on coloured boxes has another background than the page's.
    faint: () => [...document.querySelectorAll('main *')]
      .filter(one => hasWords(one) && !['title', 'desc'].includes(one.localName) && !one.matches('.cell-count, .node-text'))
      .filter(one => contrast(one.localName === 'text' ? getComputedStyle(one).fill : getComputedStyle(one).color, background()) < least.contrast)
      .map(one => one.textContent),
  };
})();
