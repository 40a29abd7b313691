<?cs # foot.cs - everything below a page's own content; dataset as head.cs. ?>
</main>
<footer class="foot">
	<?cs if:Page.NowText ?><p>Page made <time datetime="<?cs var:Page.Now ?>"><?cs var:Page.NowText ?></time></p><?cs /if ?>
	<p>Fluxline</p>
</footer>
</body>
</html>
