'use strict';
// If your project has an index.js already, call these two functions from yours.
const replicator = require('./replicator');

module.exports = {
  register({ strapi }) {
    replicator.register(strapi);
  },
  async bootstrap({ strapi }) {
    await replicator.bootstrap(strapi);
  },
};
