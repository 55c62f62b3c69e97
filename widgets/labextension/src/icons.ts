/**
 * Icons drawn for this kit, on a 24 x 24 grid.
 *
 * They speak the kit's one visual language: real data is a blue circle, synthetic data a
 * vermilion triangle. Everything else is line work in `jp-icon3`, which JupyterLab colours for
 * the light and the dark theme.
 */
import { LabIcon } from '@jupyterlab/ui-components';

const REAL = '#0072B2';
const SYNTHETIC = '#D55E00';
const LINE = 'class="jp-icon3" stroke="#616161"';
const SOLID = 'class="jp-icon3" fill="#616161" stroke="none"';

function dot(x: number, y: number, r = 1.5): string {
  return `<circle cx="${x}" cy="${y}" r="${r}" fill="${REAL}" stroke="none"/>`;
}

function triangle(x: number, y: number, r = 1.9): string {
  const [w, h] = [(r * 0.92).toFixed(2), (r * 0.72).toFixed(2)];
  return `<path d="M${x} ${y - r}l${w} ${(r + Number(h)).toFixed(2)}h-${(2 * Number(w)).toFixed(2)}z" fill="${SYNTHETIC}" stroke="none"/>`;
}

function line(d: string): string {
  return `<path ${LINE} d="${d}"/>`;
}

/** Points at equal angles on a ring, the first one at the top. */
function ring(count: number, radius: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count - Math.PI / 2;
    const [x, y] = [12 + radius * Math.cos(angle), 12 + radius * Math.sin(angle)];
    return [Number(x.toFixed(2)), Number(y.toFixed(2))];
  });
}

function icon(name: string, body: string): LabIcon {
  const svgstr =
    '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" ' +
    `fill="none" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">${body}</svg>`;
  return new LabIcon({ name: `synthkit:${name}`, svgstr });
}

const table = (x: number, y: number, w: number, h: number) =>
  line(
    `M${x + 1} ${y}h${w - 2}a1 1 0 0 1 1 1v${h - 2}a1 1 0 0 1-1 1h-${w - 2}a1 1 0 0 1-1-1v-${h - 2}a1 1 0 0 1 1-1z`
  );

export const logoIcon = icon(
  'logo',
  line('M14.6 6.2a6 6 0 1 0-6.8 8.6') + line('M14.5 8.5l6.5 11.5h-13z')
);

const DRAWN: Record<string, string> = {
  '00_welcome':
    table(2.5, 5, 8, 14) + table(13.5, 5, 8, 14) +
    dot(6.5, 9) + dot(6.5, 15) + triangle(17.5, 9.2) + triangle(17.5, 15.2),
  '01_monte_carlo':
    line('M4 4v16h16') + line('M4 5.5a14.5 14.5 0 0 1 14.5 14.5') +
    dot(7.5, 10.5) + dot(8.5, 16) + dot(13, 15.5) + triangle(16.5, 7) + triangle(20, 11),
  '02_bootstrap':
    line('M19.8 14a8.2 8.2 0 1 1-1.6-7.4') + line('M19.5 2.8v4.4h-4.4') +
    dot(9, 10) + dot(13.5, 9.5) + dot(9.5, 14.5) + triangle(14.2, 14.6),
  '03_masking':
    table(3, 4.5, 18, 15) + `<rect ${SOLID} x="6" y="9" width="7" height="2.4" rx=".6"/>` +
    line('M6 15.5h9') + dot(17.5, 10.2, 1.7),
  '04_perturbation':
    line('M3 19.5h18') + line('M3.5 17.5c5.5-.4 7.3-3 8.5-12 1.2 9 3 11.6 8.5 12') + dot(12, 19.5, 1.8),
  '05_gan': ring(8, 8)
    .map(([x, y], i) =>
      i % 3 === 0 ? triangle(x, y, 2.3) : `<circle ${LINE} cx="${x}" cy="${y}" r="1.6"/>`
    )
    .join(''),
  '06_vae':
    line('M3.5 4.5l6.5 5v5l-6.5 5z') + line('M20.5 4.5l-6.5 5v5l6.5 5z') + dot(6.3, 12, 1.4) +
    triangle(17.8, 12.2, 1.8) + line('M10 12h4'),
  '07_driving':
    line('M3.5 16.5v-3.6l2.2-.9 2.3-4.5h7l3 4.5 2.5 1v3.5z') + line('M6 12h12') +
    `<circle cx="7.5" cy="17" r="2" fill="${REAL}" stroke="none"/>` +
    `<circle cx="16.5" cy="17" r="2" fill="${REAL}" stroke="none"/>`,
  '08_traffic':
    `<circle ${LINE} cx="12" cy="12" r="8"/>` +
    ring(14, 8).map(([x, y], i) => (i < 5 ? dot(x, y, 1.7) : i % 3 === 0 ? dot(x, y, 1.7) : '')).join(''),
  '09_market':
    line('M5.5 6v13M12 3.5v13M18.5 7.5v13') +
    `<rect x="3.7" y="9" width="3.6" height="6.5" rx=".6" fill="${REAL}" stroke="none"/>` +
    `<rect x="10.2" y="6" width="3.6" height="6" rx=".6" fill="${SYNTHETIC}" stroke="none"/>` +
    `<rect x="16.7" y="10.5" width="3.6" height="7" rx=".6" fill="${REAL}" stroke="none"/>`,
  '10_finance_rules':
    table(2.5, 5, 19, 14) + `<rect ${SOLID} x="2.5" y="8" width="19" height="2.6"/>` +
    line('M6 15h4') + triangle(17.4, 15.4, 2.3),
  '11_hybrid':
    line('M12 12c2-3 3.6-4.8 5.6-4.8a4.8 4.8 0 0 1 0 9.6c-2 0-3.6-1.8-5.6-4.8s-3.6-4.8-5.6-4.8a4.8 4.8 0 0 0 0 9.6c2 0 3.6-1.8 5.6-4.8z') +
    dot(6.5, 12, 1.7) + triangle(17.5, 12.2, 2.1),
  '12_judging':
    line('M12 4v15.5M7 20h10M4.5 7.5l15-2') + line('M2.5 13.5h5L5 8z') + line('M16.5 11.5h5L19 6z') +
    dot(5, 15.6, 1.5) + triangle(19, 14.2, 1.9),
  '13_attacking':
    `<circle ${LINE} cx="10.5" cy="10.5" r="6.5"/>` + line('M15.4 15.4l5.1 5.1') + dot(10.5, 10.5, 2.2),
  '14_your_data':
    table(3, 8.5, 18, 11.5) + line('M3 12.5h18M9 12.5v7.5M15 12.5v7.5') +
    `<path d="M12 9.5v-7M9.2 5.2L12 2.4l2.8 2.8" stroke="${REAL}" fill="none"/>`,
  '15_your_technique':
    line('M8.5 4c-2 0-2.8.8-2.8 2.6v2.6c0 1.6-.7 2.5-2.2 2.8 1.5.3 2.2 1.2 2.2 2.8v2.6c0 1.8.8 2.6 2.8 2.6') +
    line('M15.5 4c2 0 2.8.8 2.8 2.6v2.6c0 1.6.7 2.5 2.2 2.8-1.5.3-2.2 1.2-2.2 2.8v2.6c0 1.8-.8 2.6-2.8 2.6') +
    triangle(12, 12.4, 3),
  '16_labelled_images':
    table(3, 4, 18, 12) + line('M3.5 14l5-5 4 4 2.5-2.5 5.5 5') + dot(16.8, 7.6, 1.4) +
    `<rect x="8" y="18" width="8" height="3.2" rx="1" fill="${SYNTHETIC}" stroke="none"/>`
};

const LESSON_ICONS = new Map(
  Object.entries(DRAWN).map(([id, body]) => [id, icon(`lesson-${id}`, body)])
);

/** The lesson's own icon; the kit's for a lesson that has none. */
export function lessonIcon(id: string): LabIcon {
  return LESSON_ICONS.get(id) ?? logoIcon;
}

export const exploreIcon = icon(
  'explore',
  table(2.5, 3.5, 15, 13) + line('M2.5 7.5h15M7.5 7.5v9') +
    `<circle cx="15.5" cy="15" r="4" stroke="${REAL}" fill="none"/>` +
    `<path d="M18.5 18l3 3" stroke="${REAL}" fill="none"/>`
);

export const prototypeIcon = icon(
  'prototype',
  line('M9.5 3.5h5M10.5 3.5v6L5 18.7a1.2 1.2 0 0 0 1 1.8h12a1.2 1.2 0 0 0 1-1.8l-5.5-9.2v-6') +
    triangle(12, 16, 2.6)
);
