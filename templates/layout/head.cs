<?cs #
	head.cs - everything above a page's own content.

	Every page needs this dataset; all values are text that is ready to show.

	Page.Title      heading of the page, "Fleet overview"
	Page.Nav        overview | device | data | account | admin | "" (nothing
	                marked in the menu)
	Page.Version    of the assets: letters, digits, dot, dash; in ?v=
	Page.Now        when the page was made: ISO 8601, UTC, "2026-03-01T13:05:10Z"
	Page.NowText    the same for people, "1 Mar 14:05 CET"
	Page.Csrf       form token of the session; may be empty on /login
	Page.Simulated  1: something on the page is simulated, 0 or absent: nothing
	User.Name       who is signed in; absent: nobody is
	User.Id         opaque and stable, differs between any two users of any
	                tenants ("7-41"): the key under which pages are kept offline
	User.Desk       1: there is something behind /admin for this one
	Can.users_read, Can.keys_write ...  1: the permission is held in the whole
	                tenant; Local.users_read ...: there or in a part of it;
	                Here.users_read ...: there or where that is what the page is
	                about, on pages that say so
	Tenant.Name     of whom the data are
	Live.Version    present on pages with live values: the tenant's version that
	                the page shows, digits; the first /live?since=
?><!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><?cs var:Page.Title ?> · Fluxline</title>
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#f5f5f1">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0e1415">
<link rel="stylesheet" href="/static/theme.css?v=<?cs var:url_validate(Page.Version) ?>">
<link rel="stylesheet" href="/static/app.css?v=<?cs var:url_validate(Page.Version) ?>">
<link rel="stylesheet" href="/static/pages.css?v=<?cs var:url_validate(Page.Version) ?>">
<script src="/static/js/theme.js?v=<?cs var:url_validate(Page.Version) ?>"></script>
<script type="module" src="/static/js/app.js?v=<?cs var:url_validate(Page.Version) ?>"></script>
<link rel="manifest" href="/app.webmanifest">
<link rel="icon" type="image/svg+xml" href="/static/icons/icon.svg">
<link rel="apple-touch-icon" href="/static/icons/icon-192.png">
</head>
<body data-now="<?cs var:Page.Now ?>" data-assets="<?cs var:Page.Version ?>" data-user="<?cs var:User.Id ?>" data-live="<?cs var:Live.Version ?>">
<a class="skip" href="#main">Skip to content</a>
<header class="top">
	<a class="brand" href="/">
		<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><path d="M3 20c4 0 4-9 8-9s4 12 8 12 4-9 7-9"/><circle cx="27.5" cy="14" r="2.5"/></svg>
		<span>Fluxline</span>
	</a>
	<?cs if:User.Name ?>
	<nav class="menu" aria-label="Main">
		<a href="/"<?cs if:Page.Nav == "overview" ?> aria-current="page"<?cs /if ?>>Overview</a>
		<a href="/ledger"<?cs if:Page.Nav == "data" ?> aria-current="page"<?cs /if ?>>Data</a>
		<a href="/account"<?cs if:Page.Nav == "account" ?> aria-current="page"<?cs /if ?>>Account</a>
		<?cs if:User.Desk ?><a href="/admin"<?cs if:Page.Nav == "admin" ?> aria-current="page"<?cs /if ?>>Administration</a><?cs /if ?>
	</nav>
	<?cs /if ?>
	<div class="tools">
		<?cs if:Live.Version ?><p class="live" id="live" data-state="still"><i class="shape" aria-hidden="true"></i><span class="text">as of <?cs var:Page.NowText ?></span></p><?cs /if ?>
		<button class="quiet" id="theme" type="button" hidden><span class="wide">Theme: </span><span class="name">Auto</span></button>
		<?cs if:User.Name ?>
		<form class="who" id="logout" method="post" action="/logout">
			<span class="name"><b><?cs var:Tenant.Name ?></b> <span><?cs var:User.Name ?></span></span>
			<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
			<button class="quiet" type="submit">Sign out</button>
		</form>
		<?cs /if ?>
	</div>
</header>
<p class="banner" id="banner" role="status" hidden></p>
<?cs if:Page.Simulated ?><?cs call:simulation_band() ?><?cs /if ?>
<main id="main" tabindex="-1">
