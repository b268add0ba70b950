// Runs before the first paint, so that a stored choice of theme never flashes the other one.
try {
  document.documentElement.dataset.theme = localStorage.getItem('frontdesk.theme') || 'system';
} catch {
  // Storage is switched off: the system's theme stays.
}
