(function () {
  'use strict';
  var KEY = 'hl-cookies';
  var banner = document.getElementById('cookies');
  function seen() { try { return localStorage.getItem(KEY) === 'ok'; } catch (e) { return false; } }
  if (banner) {
    if (!seen()) banner.hidden = false;
    var ok = document.getElementById('cookies-ok');
    if (ok) ok.addEventListener('click', function () {
      banner.hidden = true;
      try { localStorage.setItem(KEY, 'ok'); } catch (e) { /* private mode */ }
    });
  }
  var form = document.querySelector('.newsletter form');
  if (form) form.addEventListener('submit', function (ev) {
    ev.preventDefault();
    var p = document.createElement('p');
    p.setAttribute('role', 'status');
    p.textContent = 'Thank you. Please look for our confirmation message.';
    form.replaceWith(p);
  });
})();
