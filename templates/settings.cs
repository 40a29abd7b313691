<?cs #
	settings.cs - what a tenant's admin sets.

	Dataset: head.cs, and
	Settings.Idle       minutes after which a session that rests is over
	Settings.Absolute   hours after which any session is over
	Settings.Least      characters that a password has at least
	Settings.Factor     who must have a second factor: nobody | admins |
	                    everybody
	Settings.Origins    "https://app.example.com", a line each; may be empty
	Settings.Saved      1: it was saved just now
	Can.settings_write  present: he may change them
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<nav class="crumbs" aria-label="Where you are"><a href="/admin">Administration</a> <span aria-hidden="true">›</span> <span><?cs var:Page.Title ?></span></nav>
<h1><?cs var:Page.Title ?></h1>
<?cs if:Settings.Saved ?><p role="status">Saved.</p><?cs /if ?>
<section class="card" aria-labelledby="sessions">
	<h2 id="sessions">Sessions</h2>
	<form class="tall" method="post" action="/admin/settings/security">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="idle">Signed out after so many minutes of rest</label>
		<input id="idle" name="idle" inputmode="numeric" required value="<?cs var:Settings.Idle ?>"<?cs if:!Can.settings_write ?> disabled<?cs /if ?>>
		<label for="absolute">and after so many hours in any case</label>
		<input id="absolute" name="absolute" inputmode="numeric" required value="<?cs var:Settings.Absolute ?>"<?cs if:!Can.settings_write ?> disabled<?cs /if ?>>
		<p class="note">5 to 1,440 minutes, 1 to 168 hours; for whoever signs in from now on.</p>
		<?cs if:Can.settings_write ?><button class="main" type="submit">Save</button><?cs /if ?>
	</form>
</section>
<section class="card" aria-labelledby="signin">
	<h2 id="signin">Signing in</h2>
	<form class="tall" method="post" action="/admin/settings/signin">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="least">A password has at least so many characters</label>
		<input id="least" name="least" inputmode="numeric" required value="<?cs var:Settings.Least ?>"<?cs if:!Can.settings_write ?> disabled<?cs /if ?>>
		<label for="factor">A second factor must have</label>
		<select id="factor" name="factor"<?cs if:!Can.settings_write ?> disabled<?cs /if ?>>
			<option value="nobody"<?cs if:Settings.Factor == "nobody" ?> selected<?cs /if ?>>nobody</option>
			<option value="admins"<?cs if:Settings.Factor == "admins" ?> selected<?cs /if ?>>who may administrate</option>
			<option value="everybody"<?cs if:Settings.Factor == "everybody" ?> selected<?cs /if ?>>everybody</option>
		</select>
		<p class="note">12 to 64 characters, for passwords that are chosen from now on. Who must have a second factor and has none is led to set it up at once, and sees nothing before.</p>
		<?cs if:Can.settings_write ?><button class="main" type="submit">Save</button><?cs /if ?>
	</form>
</section>
<section class="card" aria-labelledby="sites">
	<h2 id="sites">Other sites</h2>
	<form class="tall" method="post" action="/admin/settings/cors">
		<input type="hidden" name="csrf" value="<?cs var:Page.Csrf ?>">
		<label for="origins">Sites whose scripts may read answers to your API keys, a line each</label>
		<textarea id="origins" name="origins" rows="5" spellcheck="false" autocapitalize="none" placeholder="https://app.example.com"<?cs if:!Can.settings_write ?> disabled<?cs /if ?>><?cs var:Settings.Origins ?></textarea>
		<p class="note">Such a script sends a key of its own; a person's session is never used for it.</p>
		<?cs if:Can.settings_write ?><button class="main" type="submit">Save</button><?cs /if ?>
	</form>
</section>
<?cs include:"layout/foot.cs" ?>
