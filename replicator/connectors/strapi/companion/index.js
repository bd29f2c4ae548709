'use strict';
const replicator = require('./replicator');

module.exports = {
  register({ strapi }) {
    replicator.register(strapi);
  },
  async bootstrap({ strapi }) {
    await replicator.bootstrap(strapi);
  },
};
