/** Says to a screen reader when a check has changed a tick, wherever the focus is. */
import type { Course } from './course';

export function announceTicks(course: Course): void {
  const region = document.createElement('div');
  region.className = 'synthkit-Spoken';
  region.setAttribute('role', 'status');
  region.setAttribute('aria-live', 'polite');
  document.body.append(region);
  let lesson = '';
  let before = -1;
  course.changed.connect(() => {
    const place = course.place;
    if (!place) {
      return;
    }
    const { done, total } = course.count(place.lesson);
    if (lesson === place.lesson && done > before) {
      region.textContent = `${done} of ${total} exercises done.`;
    }
    lesson = place.lesson;
    before = done;
  });
}
