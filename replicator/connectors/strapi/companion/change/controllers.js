'use strict';
const { factories } = require('@strapi/strapi');
const pictures = require('../../../replicator-pictures');
const replicator = require('../../../replicator');

module.exports = factories.createCoreController('api::change.change', ({ strapi }) => ({
  // As whom the asker writes here, and what this is: nothing else in the content API says either.
  async account(context) {
    context.body = { data: { writer: replicator.writer(strapi), strapi: strapi.config.get('info.strapi'), changes: 1 } };
  },

  async media(context) {
    const addresses = context.request.body?.addresses;
    const right = Array.isArray(addresses) && addresses.every((each) => /^(https?:\/)?\//.test(each));
    if (!right) return context.badRequest('addresses is a list of addresses');
    context.body = { data: await Promise.all(addresses.map((each) => pictures.number(strapi, each))) };
  },

  // The content API can publish a document and cannot take that back.
  async unpublish(context) {
    const { model, documentId } = context.params;
    const uid = `api::${model}.${model}`;
    if (!strapi.contentTypes[uid]?.options?.draftAndPublish) return context.notFound();
    await strapi.documents(uid).unpublish({ documentId, write_id: context.request.body?.write_id });
    context.status = 204;
  },
}));
