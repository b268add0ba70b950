// Starts the dashboard. The document preloads both this module and the WebAssembly it fetches.
import init from '@dashboard/bindings';

init({ module_or_path: DASHBOARD_WASM }).catch((error) => {
  console.error(error);
  const bar = document.getElementById('crashed');
  // A panic has said so already, and reported where.
  if (!bar?.hidden) return;
  const id = crypto.randomUUID().replaceAll('-', '');
  navigator.sendBeacon('/v1/reports', JSON.stringify({ id, reason: `boot: ${error?.name}` }));
  document.getElementById('report-id').textContent = id;
  bar.hidden = false;
});
