// What htmx may do on our pages.
//
// Our pages forbid strings that become markup (`require-trusted-types-for 'script'`). htmx has to
// turn answers into markup, so it is given a policy of its own, named `fanfare`, which nothing else
// on the page can reach: there is no default policy. The policy lets every string through, because
// an answer is a part of a page that our server made with everything escaped; it is reached only
// by htmx, which asks our origin alone (`mode: same-origin`, `connect-src 'self'`). Strings never
// become code: both ways htmx has to do that end in an error.
(() => {
  'use strict';
  const refuse = () => { throw new TypeError('no code from strings'); };
  function NoCode() { refuse(); }
  const rules = { createHTML: (text) => text, createScript: refuse, createScriptURL: refuse };
  const policy = window.trustedTypes ? window.trustedTypes.createPolicy('fanfare', rules) : rules;
  window.htmx.registerExtension('fanfare', {
    init: (api) => api.initSecurity(policy, NoCode, NoCode),
  });
})();
