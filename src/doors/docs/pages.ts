import { staticFile, type DocsPage, type StaticFile } from './static-files.js';

/** Addresses are relative to the page, so that it works below any base path; nothing is inline. */
const HTML: Readonly<Record<DocsPage, string>> = {
  docs: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley API</title>
<link rel="icon" type="image/png" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`,
  redoc: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley API</title>
<link rel="icon" type="image/png" href="docs/favicon.png">
<style>body { margin: 0; }</style>
</head>
<body>
<redoc spec-url="openapi.json" disable-search></redoc>
<script src="redoc/redoc.standalone.js"></script>
</body>
</html>
`,
};

/** The pages load from this server only, and run no script that stands in a page. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const toFile = (html: string): StaticFile => staticFile('text/html; charset=utf-8', Buffer.from(html));

/** The HTML of the pages. */
export const PAGES: Readonly<Record<DocsPage, StaticFile>> = { docs: toFile(HTML.docs), redoc: toFile(HTML.redoc) };
