// The gates that a page has to pass: what every page is, what axe finds, and what it is like for people who set their
// browser up in another way.

import { mkdirSync } from 'node:fs';
import path from 'node:path';

import AxeBuilder from '@axe-core/playwright';
import { expect } from '@playwright/test';

const prefixes = { en: 'Error: ', cy: 'Gwall: ' };
const scanned = new Set();

/** The gates of every page as it stands: title, heading, language, width, and axe once for each look of it. */
export async function check(page, { scripts = true, language = 'en', error = false } = {}) {
  const { screen, heading, headings, title, lang, wide, viewport } = await page.evaluate(() => ({
    screen: document.querySelector('main').dataset.screen,
    heading: document.querySelector('h1').innerText.replace(/\s+/g, ' ').trim(),
    headings: document.querySelectorAll('h1').length,
    title: document.title,
    lang: document.documentElement.lang,
    wide: document.documentElement.scrollWidth,
    viewport: document.documentElement.clientWidth,
  }));
  expect(headings).toBe(1);
  const prefix = prefixes[language];
  expect(title, 'the title begins with the heading').toContain(`${error ? prefix : ''}${heading} - `);
  expect(title.startsWith(prefix)).toBe(error);
  expect(lang).toBe(language);
  expect(wide, 'no sideways scroll').toBeLessThanOrEqual(viewport);
  await expect(page.locator('.govuk-error-summary')).toHaveCount(error ? 1 : 0);
  const look = [screen, heading, language, viewport, error].join(' ').replace(/[^\w]+/g, '-');
  if (!scripts || scanned.has(look)) return;
  scanned.add(look);
  await picture(page, look);
  await axe(page);
}

/** With IDP_SCREENSHOTS set, a picture for eyes. */
async function picture(page, name) {
  if (!process.env.IDP_SCREENSHOTS) return;
  mkdirSync(process.env.IDP_SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(process.env.IDP_SCREENSHOTS, `${name}.png`), fullPage: true });
}

/** Every rule of WCAG 2.2 AA and every good practice that axe knows, on the whole page. */
export async function axe(page) {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  // The design system keeps its back link outside every landmark. Nothing else may be there, and the link is held to
  // every other rule.
  const ofBackLink = ({ html }) => /^<a [^>]*class="govuk-back-link"/.test(html);
  const found = violations.filter(({ id, nodes }) => !(id === 'region' && nodes.every(ofBackLink)));
  expect(found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}

/** What of the text is cut off, lies over other text, or is out of reach. */
const lost = () => {
  const root = document.documentElement;
  const problems = [];
  if (root.scrollWidth > root.clientWidth) problems.push(`the page is ${root.scrollWidth} wide in ${root.clientWidth}`);
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility({ visibilityProperty: true }) || parent.closest('.govuk-visually-hidden, .govuk-skip-link, script, svg')) continue;
    // Where rows stand as lists, each cell says its column's name, and the heads are for screen readers.
    const heads = parent.closest('.idp-stacked thead');
    if (heads && getComputedStyle(heads).position === 'absolute') continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const words = node.data.trim().slice(0, 40);
    const scroller = parent.closest('.idp-scroller');
    const around = parent.closest('button, .govuk-button, .govuk-panel')?.getBoundingClientRect();
    for (const { left, right, top, bottom } of range.getClientRects()) {
      if (right - left < 1) continue;
      if (!scroller && (left < -1 || right > root.clientWidth + 1)) problems.push(`out of the page: ${words}`);
      if (around && (top < around.top - 1 || bottom > around.bottom + 1 || left < around.left - 1 || right > around.right + 1)) problems.push(`out of its box: ${words}`);
      texts.push({ node, words, left, right, top, bottom });
    }
    for (let box = parent; box; box = box.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(box);
      if ([overflowX, overflowY].some((overflow) => ['hidden', 'clip'].includes(overflow)) && (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1)) problems.push(`cut off: ${words}`);
    }
  }
  // Lines of one text may touch; those of two may not.
  for (const [i, one] of texts.entries()) {
    for (const other of texts.slice(i + 1)) {
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (one.node !== other.node && across > 2 && down > 4) problems.push(`over each other: ${one.words} | ${other.words}`);
    }
  }
  return problems;
};

const noLoss = async (page, how) => expect(await page.evaluate(lost), how).toEqual([]);

/** WCAG 1.4.12: whoever sets the spacing of text loses nothing. Constructed sheets are not subject to the policy. */
async function withSpacing(page, then) {
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }');
    document.adoptedStyleSheets = [sheet];
  });
  await then();
  await page.evaluate(() => { document.adoptedStyleSheets = []; });
}

/** WCAG 1.4.4: text at 200 %, by the browser's own setting. */
async function atDoubleSize(page, then) {
  const size = () => page.evaluate(() => Number.parseFloat(getComputedStyle(document.querySelector('.govuk-footer__link')).fontSize));
  const usual = await size();
  const becomes = (factor) => expect.poll(size, 'text follows the size that the browser is set to').toBeCloseTo(usual * factor, 0);
  const browser = await page.context().newCDPSession(page);
  await browser.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
  await becomes(2);
  await then();
  await browser.send('Page.setFontSizes', { fontSizes: { standard: 16, fixed: 13 } });
  await becomes(1);
  await browser.detach();
}

/** In the colours of the system alone, controls have an edge, focus can be seen, and an app can read its picture. */
async function inForcedColours(page) {
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
  const problems = await page.evaluate(() => {
    const found = [];
    const edge = (style) => ['Top', 'Bottom'].some((side) => Number.parseFloat(style[`border${side}Width`]) > 0 && style[`border${side}Style`] !== 'none');
    const outline = (style) => style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2;
    const seen = (element) => element.checkVisibility({ visibilityProperty: true });
    for (const control of document.querySelectorAll('button, .govuk-button, input:not([type="hidden"])')) {
      if (!seen(control)) continue;
      const choice = ['radio', 'checkbox'].includes(control.type);
      const drawn = choice ? getComputedStyle(control.labels[0], '::before') : getComputedStyle(control);
      if (!edge(drawn) && !outline(drawn)) found.push(`no edge: ${control.outerHTML.slice(0, 120)}`);
    }
    for (const target of document.querySelectorAll('a[href], button, input:not([type="hidden"]), summary, [tabindex="0"]')) {
      if (!seen(target)) continue;
      target.focus({ focusVisible: true });
      const styles = [getComputedStyle(target), ...(target.labels?.[0] ? [getComputedStyle(target.labels[0], '::before')] : []), ...[...target.children].map((child) => getComputedStyle(child))];
      if (document.activeElement !== target || !styles.some(outline)) found.push(`focus cannot be seen: ${target.outerHTML.slice(0, 120)}`);
    }
    document.activeElement?.blur();
    for (const code of document.querySelectorAll('.idp-qr')) {
      if (getComputedStyle(code).backgroundColor !== 'rgb(255, 255, 255)' || getComputedStyle(code.querySelector('path')).fill !== 'rgb(0, 0, 0)') found.push('a picture that no app can read');
    }
    return found;
  });
  expect(problems, 'in forced colours').toEqual([]);
  await page.emulateMedia({ forcedColors: null, colorScheme: null });
}

/** Whoever asks for less motion sees none. */
async function withoutMotion(page) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => {
    const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element);
    return animationName !== 'none' || transitionDuration.split(',').some((time) => Number.parseFloat(time) > 0) || scrollBehavior === 'smooth';
  }).map((element) => element.outerHTML.slice(0, 80)));
  expect(moving, 'motion').toEqual([]);
  await page.emulateMedia({ reducedMotion: null });
}

/** On paper: the content, without what can only be used on a screen, and no addresses with what they carry. */
async function onPaper(page) {
  await page.emulateMedia({ media: 'print' });
  const { shown, addresses, heading } = await page.evaluate(() => {
    const seen = (element) => element.checkVisibility({ visibilityProperty: true });
    return {
      shown: [...document.querySelectorAll('header, footer, nav, button, .govuk-button, .govuk-back-link, .govuk-skip-link')].filter(seen).map((element) => element.outerHTML.slice(0, 80)),
      addresses: [...document.querySelectorAll('a[href]')].filter((link) => seen(link) && !['none', 'normal', ''].includes(getComputedStyle(link, '::after').content)).map((link) => link.textContent),
      heading: seen(document.querySelector('h1')),
    };
  });
  expect({ shown, addresses, heading }).toEqual({ shown: [], addresses: [], heading: true });
  await page.emulateMedia({ media: null });
}

/** What does not depend on the words: axe, and the settings that change how things are drawn. */
export async function checkMarkup(page) {
  await axe(page);
  await inForcedColours(page);
  await withoutMotion(page);
  await onPaper(page);
}

/** Whether every word has room: as it is, spaced, at double size, and on a small screen. The page is left as it was. */
export async function checkRoom(page, name) {
  const wide = page.viewportSize();
  await page.evaluate(() => { for (const details of document.querySelectorAll('details')) details.open = true; });
  await picture(page, `${name}-wide`);
  await noLoss(page, 'as it is');
  await withSpacing(page, () => noLoss(page, 'with spaced text'));
  await atDoubleSize(page, () => noLoss(page, 'with text of double size'));
  await checkSmall(page, name);
  await page.setViewportSize(wide);
}

/** At 320 pixels everything has room (WCAG 1.4.10), also with spaced text. */
export async function checkSmall(page, name) {
  await page.setViewportSize({ width: 320, height: 640 });
  await picture(page, `${name}-small`);
  await noLoss(page, 'at 320 pixels');
  await withSpacing(page, () => noLoss(page, 'with spaced text at 320 pixels'));
}
