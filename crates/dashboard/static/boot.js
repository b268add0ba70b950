// Starts the dashboard. The document preloads both this module and the WebAssembly it fetches.
import init from '@dashboard/bindings';

init({ module_or_path: DASHBOARD_WASM }).catch((error) => {
  console.error(error);
  document.getElementById('crashed')?.removeAttribute('hidden');
});
