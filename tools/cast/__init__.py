"""Makes the filmed presenters' packs from the package `openpeople`."""
