// Storage for oidc-provider: everything in this process, nothing durable, dropped when it expires.
// Its own development store keeps only the newest 1000 entries, and would lose live tokens under load.

const kinds = new Map();
const familyOf = new Map(); // grant id -> set of [kind, id]

function kind(name) {
  if (!kinds.has(name)) kinds.set(name, new Map());
  return kinds.get(name);
}

function forget(name, id) {
  const found = kind(name).get(id);
  kind(name).delete(id);
  if (found?.data.uid) kind(`${name}/uid`).delete(found.data.uid);
}

const alive = (entry) => entry && entry.dies > Date.now();

export class Memory {
  constructor(name) {
    this.name = name;
  }

  async upsert(id, data, seconds) {
    const dies = seconds ? Date.now() + seconds * 1000 : Infinity;
    kind(this.name).set(id, { data, dies });
    if (data.uid) kind(`${this.name}/uid`).set(data.uid, { data: id, dies });
    if (data.grantId) {
      const family = familyOf.get(data.grantId) ?? new Set();
      family.add(`${this.name} ${id}`);
      familyOf.set(data.grantId, family);
    }
  }

  async find(id) {
    const entry = kind(this.name).get(id);
    return alive(entry) ? entry.data : undefined;
  }

  async findByUid(uid) {
    const entry = kind(`${this.name}/uid`).get(uid);
    return alive(entry) ? this.find(entry.data) : undefined;
  }

  async consume(id) {
    const entry = kind(this.name).get(id);
    if (entry) entry.data.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    forget(this.name, id);
  }

  async revokeByGrantId(grantId) {
    for (const member of familyOf.get(grantId) ?? []) {
      const [name, id] = member.split(' ');
      forget(name, id);
    }
    familyOf.delete(grantId);
  }
}

// Expired entries go away in the background, a kind at a time, as a cache would do it.
setInterval(() => {
  for (const [name, entries] of kinds) {
    for (const [id, entry] of entries) if (!alive(entry)) forget(name, id);
  }
}, 15_000).unref();
