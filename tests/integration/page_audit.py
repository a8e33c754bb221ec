# SPDX-License-Identifier: BSD-2-Clause
"""What any page of ours must be, asked in a browser: readable for people who
use a keyboard, a screen reader, a phone, or another colour scheme.
"""

# Each function gives a list of what is wrong.
SCRIPT = r"""
(function () {
'use strict';
function name(e) { return e.outerHTML.slice(0, 100); }
function all(selector) {
  return Array.from(document.querySelectorAll(selector));
}
function shown(e) {
  return e.checkVisibility({visibilityProperty: true}) &&
      e.getClientRects().length > 0;
}

/* Structure: titles, headings, labels, captions. */
function structure() {
  var bad = [], ids = {}, level = 0;
  function need(good, why) { if (!good) bad.push(why); }
  need(document.documentElement.lang, 'no language');
  need(document.title.trim(), 'no title');
  need(document.querySelector('meta[name=viewport]'), 'no viewport');
  need(all('h1').length === 1, all('h1').length + ' headings of level 1');
  all('h1,h2,h3,h4').forEach(function (e) {
    var own = Number(e.tagName[1]);
    need(own <= level + 1, 'a level is left out: ' + name(e));
    need(e.textContent.trim(), 'an empty heading');
    level = own;
  });
  all('[id]').forEach(function (e) {
    need(!ids[e.id], 'twice: id ' + e.id);
    ids[e.id] = true;
  });
  all('table').forEach(function (e) {
    need(e.caption && e.caption.textContent.trim(), 'no caption: ' + e.id);
  });
  all('thead th').forEach(function (e) {
    need(e.scope === 'col', 'no column: ' + name(e));
  });
  all('tbody th').forEach(function (e) {
    need(e.scope === 'row', 'no row: ' + name(e));
  });
  all('svg').forEach(function (e) {
    var hidden = e.getAttribute('aria-hidden') === 'true';
    var image = e.getAttribute('role') === 'img' &&
        e.getAttribute('aria-label');
    need(hidden || image, 'without words: ' + name(e));
    /* Each picture has its numbers in a table. */
    need(hidden ? e.closest('table') : e.closest('section') &&
        e.closest('section').querySelector('table'),
        'without a table: ' + name(e));
  });
  all('input,select,textarea').forEach(function (e) {
    need(e.labels.length || e.getAttribute('aria-label'),
        'without a label: ' + name(e));
  });
  all('a,button,summary').forEach(function (e) {
    need(e.textContent.trim(), 'without a text: ' + name(e));
  });
  /* What scrolls can be scrolled by keyboard, and has a name. */
  all('*').forEach(function (e) {
    var style = getComputedStyle(e);
    if (!/auto|scroll/.test(style.overflowX + style.overflowY) ||
        e === document.documentElement)
      return;
    need(e.tabIndex >= 0 && e.getAttribute('aria-label'),
        'not to be scrolled by keyboard: ' + name(e));
  });
  return bad;
}

/* Contrast (WCAG 2.1, 1.4.3 and 1.4.11). */
function colour(text) {
  var numbers = text.match(/[\d.]+/g).map(Number);
  return numbers.length < 4 ? numbers.concat(1) : numbers;
}
function luminance(c) {
  var v = c.slice(0, 3).map(function (x) {
    x /= 255;
    return x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4);
  });
  return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
}
function ratio(a, b) {
  var x = luminance(a), y = luminance(b);
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}
function canvas() {
  var e = document.createElement('p'), c;
  e.style.background = 'Canvas';
  document.body.appendChild(e);
  c = colour(getComputedStyle(e).backgroundColor);
  e.remove();
  return c;
}
function behind(e, last) {
  for (; e; e = e.parentElement) {
    var c = colour(getComputedStyle(e).backgroundColor);
    if (c[3] === 1) return c;
    if (c[3] > 0) return null;  /* nothing here is half transparent */
  }
  return last;
}
function contrast() {
  var bad = [], count = 0, least = 99, last = canvas();
  var walker = document.createTreeWalker(document.body,
      NodeFilter.SHOW_TEXT);
  function test(e, text, back, wanted, what) {
    var r = back ? ratio(colour(text), back) : 0;
    count++;
    least = Math.min(least, r);
    if (r < wanted) bad.push(what + ' ' + r.toFixed(2) + ': ' + name(e));
  }
  while (walker.nextNode()) {
    var e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !shown(e) ||
        e.closest('svg,script,style'))
      continue;
    test(e, getComputedStyle(e).color, behind(e, last), 4.5, 'text');
    var after = getComputedStyle(e, '::after');
    if (after.content !== 'none')
      test(e, after.color, behind(e, last), 4.5, 'behind it');
  }
  all('input').filter(shown).forEach(function (e) {
    test(e, getComputedStyle(e).color,
        behind(e, last), 4.5, 'what is typed');
  });
  all('.plot path:not(.grid), td.b rect, .legend i').filter(shown).forEach(
      function (e) {
    var style = getComputedStyle(e), fill = style.fill;
    if (e.tagName === 'I') fill = style.backgroundColor;
    else if (fill === 'none') fill = style.stroke;
    test(e, fill, behind(e.tagName === 'I' ? e.parentElement
        : e.closest('svg'), last), 3, 'shape');
  });
  return {bad: bad, count: count, least: least};
}

/* No words lie on each other, and none is cut. */
function overlap(a, b) {
  return a.left < b.right - 1 && b.left < a.right - 1 &&
      a.top < b.bottom - 1 && b.top < a.bottom - 1;
}
function layout() {
  var bad = [], root = document.documentElement;
  if (root.scrollWidth > innerWidth)
    bad.push('the page is ' + root.scrollWidth + ' wide');
  ['.y > *', '.ticks > *', '.x > *', '.columns > *', '.legend > *',
      '.keys > *', 'header > *'].forEach(function (selector) {
    var list = all(selector).filter(shown);
    list.forEach(function (e, n) {
      var r = document.createRange();
      r.selectNodeContents(e);
      var own = r.getBoundingClientRect();
      if (own.left < -1 || own.right > innerWidth + 1)
        bad.push('outside: ' + name(e));
      list.slice(n + 1).forEach(function (other) {
        r.selectNodeContents(other);
        if (overlap(own, r.getBoundingClientRect()))
          bad.push('on each other: ' + name(e) + name(other));
      });
    });
  });
  all('tbody td, tbody th, thead th, .rows span, caption, h2, li').filter(
      shown).forEach(function (e) {
    if (e.scrollWidth > e.clientWidth + 1 ||
        e.scrollHeight > e.clientHeight + 1)
      bad.push('cut: ' + name(e));
  });
  return bad;
}

window.audit = {structure: structure, contrast: contrast, layout: layout};
})();
"""


def audit(checks, tab, what, texts=3):
    """All of it, of the page that a tab shows."""
    tab.ask(SCRIPT)
    for part in ("structure", "layout"):
        checks.equal(tab.ask("audit.%s()" % part), [], what + ": " + part)
    told = tab.ask("audit.contrast()")
    checks.equal(told["bad"], [], what + ": contrast")
    checks.check(told["count"] >= texts,
                 "%s: only %d texts" % (what, told["count"]))
    checks.equal(tab.complaints, [], what + ": complaints of the browser")
    return told["least"]
