// The colours and sizes of the page around us, read from JupyterLab's variables.

/**
 * Read the theme as it is now.
 * @returns {{ink: string, paper: string, grid: string, axis: string, dark: boolean,
 *   family: string, small: number, size: number, marks: number, ratio: number}}
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
    attributes: true, attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light', 'class'],
  });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', later);
  return () => {
    observer.disconnect();
    system.removeEventListener('change', later);
  };
}

/** Whether the reader asked for less motion. */
export function reducedMotion() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
