<?cs #
	admin.cs - where a tenant is kept in order: a door to each of its pages.

	Dataset: head.cs, and
	Doors.N.Href .Title .Text   "/admin/users", "Users", "Who may sign in";
	                            those one may open; none: nothing is allowed
?><?cs include:"layout/macros.cs" ?><?cs include:"layout/head.cs" ?>
<h1><?cs var:Page.Title ?></h1>
<?cs if:subcount(Doors) ?>
<ul class="doors">
	<?cs each:door = Doors ?>
	<li><a href="<?cs var:url_validate(door.Href) ?>"><b><?cs var:door.Title ?></b> <span><?cs var:door.Text ?></span></a></li>
	<?cs /each ?>
</ul>
<?cs else ?>
<p class="none">None of your roles lets you keep anything in order here. Ask an administrator of <?cs var:Tenant.Name ?>.</p>
<?cs /if ?>
<?cs include:"layout/foot.cs" ?>
