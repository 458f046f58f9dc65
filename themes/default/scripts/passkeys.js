/* Passkeys. A form says which ceremony it is and with which options; the answer, or why there is none, goes back in its
   hidden fields. Binary values are base64url in JSON and buffers in the browser. */
const passkeyForms = document.querySelectorAll('form[data-idp-passkey]');

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const named = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

function passkeyOptions(form) {
  const options = JSON.parse(form.dataset.idpOptions);
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  options.allowCredentials = named(options.allowCredentials);
  options.excludeCredentials = named(options.excludeCredentials);
  return options;
}

function passkeyAnswer(credential) {
  const { id, type, rawId, response } = credential;
  const answer = { id, type, rawId: toText(rawId), extensions: {}, response: {} };
  for (const part of ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle', 'attestationObject']) {
    if (response[part]) answer.response[part] = toText(response[part]);
  }
  if (response.getTransports) answer.response.transports = response.getTransports();
  return JSON.stringify(answer);
}

async function runPasskey(form, mediation) {
  const { credential, error } = form.elements;
  try {
    const publicKey = passkeyOptions(form);
    const ceremony = form.dataset.idpPasskey === 'create' ? 'create' : 'get';
    const request = mediation ? { publicKey, mediation } : { publicKey };
    credential.value = passkeyAnswer(await navigator.credentials[ceremony](request));
    error.value = '';
  } catch (refused) {
    // Nobody has chosen to use a passkey yet: the page stays as it is.
    if (mediation) return;
    error.value = refused.name || 'failed';
  }
  HTMLFormElement.prototype.submit.call(form);
}

for (const form of passkeyForms) {
  if (!window.PublicKeyCredential) continue;
  if (form.dataset.idpPasskey === 'conditional') {
    const offers = PublicKeyCredential.isConditionalMediationAvailable;
    if (offers && (await offers.call(PublicKeyCredential))) runPasskey(form, 'conditional');
    continue;
  }
  let running = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (running) return;
    running = true;
    runPasskey(form).finally(() => { running = false; });
  });
}
