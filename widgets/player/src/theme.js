// The colours and sizes of the page around us, read from JupyterLab's variables, and what the
// reader (or a teacher, for a class) chose: the extension writes it on the page's body as
// data-synthkit-motion, -colours and -projector. A page without the extension has none of these.

const REMEMBERED = 'synthkit-projector';

/**
 * Read the theme as it is now.
 * @returns {{ink: string, paper: string, grid: string, axis: string, dark: boolean,
 *   family: string, small: number, size: number, marks: number, ratio: number,
 *   contrast: boolean}}
 */
export function readTheme(root, projector) {
  const style = getComputedStyle(root);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const paper = read('--jp-layout-color0', '#ffffff');
  const factor = projector ? 1.5 : 1;
  return {
    ink: read('--jp-ui-font-color0', '#111111'),
    paper,
    grid: read('--jp-border-color2', '#e0e0e0'),
    axis: read('--jp-ui-font-color2', '#666666'),
    dark: brightness(paper) < 0.4,
    family: style.fontFamily || 'sans-serif',
    small: 11.5 * factor,
    size: 13 * factor,
    marks: projector ? 1.6 : 1,
    ratio: Math.min(3, window.devicePixelRatio || 1),
    contrast: document.body.dataset.synthkitColours === 'high-contrast',
  };
}

/** Brightness of a CSS colour, 0 to 1; the canvas is the parser that every browser has. */
function brightness(colour) {
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

/** Call `changed` whenever the theme may have; returns the function that ends it. */
export function watchTheme(changed) {
  // JupyterLab sets the attribute before the style sheet is in force: read again a little later.
  const later = () => {
    requestAnimationFrame(changed);
    setTimeout(changed, 300);
  };
  const observer = new MutationObserver(later);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light', 'class',
      'data-synthkit-motion', 'data-synthkit-colours', 'data-synthkit-projector'],
  });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', later);
  return () => {
    observer.disconnect();
    system.removeEventListener('change', later);
  };
}

/** Whether the reader asked for less motion: here, or in the operating system. */
export function reducedMotion() {
  return document.body.dataset.synthkitMotion === 'reduced'
    || matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Whether type and marks are larger, for a projector: as the page says, else as remembered. */
export function isProjected() {
  const asked = document.body.dataset.synthkitProjector;
  if (asked) return asked === 'on';
  try {
    return localStorage.getItem(REMEMBERED) === '1';
  } catch {
    return false;
  }
}

/** Make everything on the page larger, or as usual again: one switch for all pictures. */
export function setProjected(on) {
  document.body.dataset.synthkitProjector = on ? 'on' : 'off';
  try {
    localStorage.setItem(REMEMBERED, on ? '1' : '');
  } catch { /* a page without storage forgets it */ }
}
