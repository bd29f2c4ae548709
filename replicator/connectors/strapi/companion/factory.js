module.exports = require('@strapi/strapi').factories.createCoreKIND('api::MODEL.MODEL');
