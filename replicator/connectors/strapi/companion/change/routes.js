'use strict';
const route = (method, path, action) => ({ method, path, handler: `api::change.change.${action}`, config: {} });

// Rows are made by the companion alone: here they are only read.
module.exports = {
  routes: [
    route('GET', '/changes', 'find'),
    route('GET', '/changes/account', 'account'),
    route('POST', '/changes/media', 'media'),
    route('POST', '/changes/unpublish/:model/:documentId', 'unpublish'),
  ],
};
