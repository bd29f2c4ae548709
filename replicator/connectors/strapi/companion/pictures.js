'use strict';
// Pictures by their address: the file in the media library that came from there, fetched once if there is none yet.

const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');

const FILE = 'plugin::upload.file';
const SECONDS = 10;
const BYTES_MAX = 20 * 1024 * 1024;
const underWay = new Map();

const fetched = async (address) => {
  const answer = await fetch(address, { signal: AbortSignal.timeout(SECONDS * 1000) });
  const mimetype = (answer.headers.get('content-type') || '').split(';')[0];
  const told = Number(answer.headers.get('content-length') || 0);
  // Nothing but pictures is taken in: what an address leads to is not known before.
  if (!answer.ok || !mimetype.startsWith('image/') || told > BYTES_MAX) throw new Error(`no picture at ${address}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (bytes.length > BYTES_MAX) throw new Error(`too large a picture at ${address}`);
  return { bytes, mimetype };
};

const uploaded = async (strapi, address, name) => {
  const { bytes, mimetype } = await fetched(address);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'replicator-'));
  try {
    const filepath = path.join(folder, 'picture');
    await fs.writeFile(filepath, bytes);
    const [file] = await strapi
      .plugin('upload')
      .service('upload')
      .upload({
        data: { fileInfo: { name, caption: address } },
        files: { filepath, originalFilename: name, mimetype, size: bytes.length },
      });
    return file.id;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
};

// A dead address is no reason to keep a product back: it stands in the library as it is, and a person sees it there.
const unseen = async (strapi, address, name) => {
  const data = { name, caption: address, url: address, hash: `replicator_${Date.now()}`, ext: path.extname(name) };
  const file = await strapi.db.query(FILE).create({
    data: { ...data, mime: 'image/*', size: 0, provider: 'replicator', folderPath: '/' },
  });
  return file.id;
};

const made = async (strapi, address) => {
  const where = address.startsWith('/') ? { url: address } : { caption: address };
  const [found] = await strapi.db.query(FILE).findMany({ where, orderBy: { id: 'asc' }, limit: 1 });
  if (found) return found.id;
  const name = decodeURIComponent(address.split(/[?#]/)[0]).split('/').pop() || 'picture';
  try {
    return await uploaded(strapi, address, name);
  } catch (error) {
    strapi.log.warn(`replicator: ${error.message}`);
    return unseen(strapi, address, name);
  }
};

module.exports = {
  // Two writes at once that name one address share one file.
  number(strapi, address) {
    if (!underWay.has(address)) {
      underWay.set(address, made(strapi, address).finally(() => underWay.delete(address)));
    }
    return underWay.get(address);
  },
};
