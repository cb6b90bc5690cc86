// Starts Swagger UI on the document that lies beside the page, wherever a proxy put both.
const documentUrl = new URL('../openapi.json', document.currentScript.src).href;

globalThis.SwaggerUIBundle({
  url: documentUrl,
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
});
