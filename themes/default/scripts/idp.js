/* Behaviours of our pages. Everything here only adds comfort: each page works as a plain form without it. */
for (const name of ['Button', 'Checkboxes', 'ErrorSummary', 'NotificationBanner', 'PasswordInput', 'Radios', 'ServiceNavigation', 'SkipLink', 'Tabs']) {
  govuk.createAll(govuk[name], undefined, { onError: () => {} });
}

/* Copy buttons are hidden until now, because without a script they could do nothing. */
for (const button of document.querySelectorAll('button[data-idp-copy]')) {
  const source = document.getElementById(button.dataset.idpCopy);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(source.textContent.replace(/[^\S\n]+/g, ' ').trim());
    const said = document.getElementById(button.id + '-status');
    if (said) said.textContent = button.dataset.idpCopied;
  });
}

/* Other ways to get a code are offered once it has had time to arrive; a page that is loaded later has them open. */
for (const details of document.querySelectorAll('details[data-idp-open-after]')) {
  setTimeout(() => { details.open = true; }, details.dataset.idpOpenAfter * 1000);
}

/* What answers a form is kept by no browser, so going back to it would ask for the form to be sent again: its place in the
   history is the page that the form is on. */
const { idpReplacedBy } = document.body.dataset;
if (idpReplacedBy) history.replaceState(null, '', idpReplacedBy);

/* A list that is printed needs a script to ask for it. */
for (const button of document.querySelectorAll('button[data-idp-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}

/* A page that only hands the browser on sends itself; its button stays for browsers without scripts. */
const handOver = document.querySelector('form[data-idp-auto-submit]');
if (handOver) {
  for (const button of handOver.querySelectorAll('button')) button.hidden = true;
  // A parameter of the answer may be called “submit” and would hide the form's own method.
  HTMLFormElement.prototype.submit.call(handOver);
}
