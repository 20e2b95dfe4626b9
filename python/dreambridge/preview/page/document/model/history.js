// Undo and redo. A state is a document with what was selected in it.

const MAX_STATES = 500;

export class History extends EventTarget {
  /** `root`: the document; `selection`: anything, given back with it. */
  constructor(root, selection = null) {
    super();
    this.reset(root, selection);
  }

  /** Begin with another document. */
  reset(root, selection = null) {
    this.past = [];
    this.future = [];
    this.now = { root, selection, label: "" };
    this.saved = root;
    this.merging = null;
    this.tell();
  }

  get root() {
    return this.now.root;
  }

  /** Whether the document differs from the saved one. */
  get edited() {
    return this.now.root !== this.saved;
  }

  /** A new state. Edits with the same `merge`, one after the other, are one step to undo: a drag. Returns whether anything changed. */
  edit(label, root, { merge = null, selection = this.now.selection } = {}) {
    if (root === this.now.root) return false;
    if (merge === null || merge !== this.merging) this.past.push(this.now);
    if (this.past.length > MAX_STATES) this.past.shift();
    this.future = [];
    this.merging = merge;
    this.now = { root, selection, label };
    this.tell();
    return true;
  }

  /** End a series of edits that were merged. */
  seal() {
    this.merging = null;
  }

  /** Note what is selected; this is not a step to undo. */
  select(selection) {
    this.now = { ...this.now, selection };
  }

  markSaved() {
    this.saved = this.now.root;
    this.seal();
    this.tell();
  }

  get canUndo() {
    return this.past.length ? this.now.label : null;
  }

  get canRedo() {
    return this.future.at(-1)?.label ?? null;
  }

  undo() {
    return this.step(this.past, this.future);
  }

  redo() {
    return this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return false;
    to.push(this.now);
    this.now = from.pop();
    this.seal();
    this.tell();
    return true;
  }

  tell() {
    this.dispatchEvent(new Event("change"));
  }
}
