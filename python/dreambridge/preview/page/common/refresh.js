// Work that is worth doing once a refresh of the screen, however often it is asked for.

/** A function that lets `work` run at the next refresh, once. */
export function atRefresh(work) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      work();
    });
  };
}
