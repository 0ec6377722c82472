// What scripts add to pages that work without: keys, copying, times that stay true, menus that
// close, and lists that show what is new. No page needs this file.
(() => {
  'use strict';

  // --- times ---------------------------------------------------------------------------------
  // The same rule as `ui::time` on the server.
  const away = (ms) => {
    const s = Math.floor(Math.abs(ms) / 1000);
    if (s < 60) return `${Math.max(1, s)} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    if (s < 86400) return `${Math.floor(s / 3600)} h`;
    const days = Math.floor(s / 86400);
    return days === 1 ? '1 day' : `${days} days`;
  };
  const relative = (at, now) => {
    const ms = at - now;
    if (ms > 0) return `in ${away(ms)}`;
    return ms > -5000 ? 'just now' : `${away(ms)} ago`;
  };
  const refreshTimes = () => {
    const now = Date.now();
    for (const time of document.querySelectorAll('time[data-relative]')) {
      const at = Date.parse(time.dateTime);
      if (Number.isNaN(at)) continue;
      const text = relative(at, now);
      if (time.textContent !== text) time.textContent = text;
    }
  };
  setInterval(refreshTimes, 5000);

  // --- copying -------------------------------------------------------------------------------
  const showCopyButtons = (root) => {
    if (!navigator.clipboard) return;
    for (const button of root.querySelectorAll('[data-copy][hidden]')) button.hidden = false;
  };
  const copy = async (button) => {
    const code = button.parentElement.querySelector('code');
    await navigator.clipboard.writeText(code.textContent);
    button.classList.add('copied');
    setTimeout(() => button.classList.remove('copied'), 1200);
  };

  // --- clicks --------------------------------------------------------------------------------
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy]');
    if (button) copy(button);
    for (const open of document.querySelectorAll('details.drop[open]')) {
      if (!open.contains(event.target)) open.open = false;
    }
  });

  // --- keys ----------------------------------------------------------------------------------
  const rows = () => [...document.querySelectorAll('[data-row]')];
  const current = () => document.querySelector('[data-row].current');
  const move = (by) => {
    const all = rows();
    if (all.length === 0) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
    for (const row of all) row.classList.toggle('current', row === next);
    next.querySelector('a')?.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  };
  const typing = (target) => target.closest('input, textarea, select, [contenteditable]');
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    r: () => document.querySelector('[data-resend]')?.click(),
    '/': () => document.querySelector('[data-search]')?.focus(),
    '?': () => document.getElementById('keys')?.showModal(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      for (const open of document.querySelectorAll('details.drop[open]')) open.open = false;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  // --- what is live --------------------------------------------------------------------------
  // `<div data-live="/deliveries/live?…">`: the server sends rows as they are now whenever they
  // changed; htmx puts them in the place of the old ones. Nothing moves: a page of rows stays a
  // page of rows.
  // The row that is marked, the link that has the focus, what was opened: they stay.
  const hold = (place) => {
    const marked = current()?.dataset.row;
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    const href = focused?.getAttribute('href');
    const kept = () => [...place.querySelectorAll('details[data-keep]')];
    const scrolled = (details) => details.querySelector('.scroll');
    const were = kept().map((details) => ({
      open: details.open, top: scrolled(details)?.scrollTop ?? 0, focused: details.contains(focused),
    }));
    return () => {
      if (marked) place.querySelector(`[data-row="${CSS.escape(marked)}"]`)?.classList.add('current');
      if (href) place.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
      for (const [index, details] of kept().entries()) {
        const was = were[index];
        if (!was?.open) continue;
        details.open = true;
        if (scrolled(details)) scrolled(details).scrollTop = was.top;
        if (was.focused) details.querySelector('summary').focus({ preventScroll: true });
      }
    };
  };
  const follow = (place) => {
    const source = new EventSource(place.dataset.live);
    const state = document.querySelector('[data-live-state]');
    const say = (word) => { if (state) state.dataset.liveState = word; };
    source.addEventListener('open', () => say('on'));
    source.addEventListener('error', () => say('off'));
    source.addEventListener('rows', (event) => {
      const restore = hold(place);
      window.htmx.swap({ sourceElement: place, target: place, text: event.data, swap: 'innerHTML' });
      place.classList.toggle('no-rows', !!place.querySelector('table') && !place.querySelector('[data-row]'));
      restore();
      refreshTimes();
    });
    source.addEventListener('end', () => source.close());
    addEventListener('pagehide', () => source.close());
  };

  // --- forms ---------------------------------------------------------------------------------
  // A filter applies as soon as a choice is made; what is typed waits for Enter.
  document.addEventListener('change', (event) => {
    const form = event.target.closest('form.filters');
    if (form && event.target.matches('select, input[type=checkbox], input[type=datetime-local]')) {
      form.requestSubmit();
    }
  });
  // Empty fields would only make addresses long.
  document.addEventListener('submit', (event) => {
    if (!event.target.matches('form.filters')) return;
    for (const field of event.target.elements) {
      if (field.name && !field.value) field.disabled = true;
    }
  });

  // A tree narrows while somebody types; what is hidden keeps its ticks.
  const narrow = (input) => {
    const tree = input.closest('[data-tree]');
    const text = input.value.trim().toLowerCase();
    for (const group of tree.querySelectorAll('[data-tree-group]')) {
      let any = false;
      for (const leaf of group.querySelectorAll('[data-tree-leaf]')) {
        leaf.hidden = !leaf.dataset.treeLeaf.toLowerCase().includes(text);
        any = any || !leaf.hidden;
      }
      group.hidden = !any;
    }
  };
  document.addEventListener('input', (event) => {
    if (event.target.matches('[data-tree-find]')) narrow(event.target);
  });

  const start = (root) => {
    for (const button of root.querySelectorAll('[data-tree-button]')) button.hidden = true;
    showCopyButtons(root);
    for (const place of root.querySelectorAll('[data-live]')) follow(place);
  };
  document.addEventListener('DOMContentLoaded', () => { refreshTimes(); start(document); });
  document.addEventListener('htmx:after:swap', () => showCopyButtons(document));
})();
