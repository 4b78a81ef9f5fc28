window.addEventListener('error', function (event) { document.body.dataset.error = event.message; });
