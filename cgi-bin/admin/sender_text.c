#include <string.h>

#include "base/buf.h"
#include "cgi-bin/admin/sender.h"

/* clang-format off */
static const char teltonika_data[] =
"Services > Data to Server > Add\n"
"  Name                  fluxline\n"
"Data input 1\n"
"  Name                  {device}\n"
"  Type                  Modbus\n"
"  Format type           JSON\n"
"  Values                timestamp, server_id, server_name, name,\n"
"                        full_addr, size, data\n"
"  Segment count         64\n"
"  Send as object        off\n"
"Data input 2, so that the router is known by its serial number\n"
"  Name                  gw\n"
"  Type                  MNF info\n"
"Collection\n"
"  Period                as the device is read, e.g. 60\n"
"  Retry                 on\n"
"  Retry count           10\n"
"  Retry timeout         10\n";

static const char teltonika_server[] =
"Server\n"
"  Type                  HTTP(S)\n"
"  Server address        {url}/api/v1/ingest\n"
"  HTTP headers          X-API-Key: {key}\n"
"{ca}  Secure connection     on\n"
"  Certificate authority the file that is offered above\n{/ca}";

static const char teltonika_modbus[] =
"Services > Modbus > Modbus TCP client or Modbus serial client\n"
"  Server name           {device}\n"
"Requests\n"
"  Name                  {sensor}\n"
"  Data type             the device's own, or 16 bit: raw registers are\n"
"                        decoded here by the device's profile\n";

static const char telegraf_v2[] =
"[[outputs.influxdb_v2]]\n"
"  urls = [\"{url}\"]\n"
"  token = \"{key}\"\n"
"  organization = \"fluxline\"\n"
"  bucket = \"fluxline\"\n"
"{ca}  tls_ca = \"/etc/telegraf/fluxline-ca.pem\"\n{/ca}";

static const char telegraf_http[] =
"[[outputs.http]]\n"
"  url = \"{url}/api/v1/ingest?format=telegraf\"\n"
"  method = \"POST\"\n"
"  data_format = \"json\"\n"
"  content_encoding = \"gzip\"\n"
"  non_retryable_statuscodes = [400, 413, 422]\n"
"{ca}  tls_ca = \"/etc/telegraf/fluxline-ca.pem\"\n{/ca}"
"  [outputs.http.headers]\n"
"    X-API-Key = \"{key}\"\n"
"    Content-Type = \"application/json\"\n";

static const char telegraf_modbus[] =
"[[inputs.modbus]]\n"
"  name = \"{device}\"\n"
"  controller = \"tcp://192.168.1.10:502\"\n"
"  slave_id = 1\n"
"  holding_registers = [\n"
"    { name = \"{sensor}\", byte_order = \"ABCD\", data_type = \"FLOAT32\",\n"
"      scale = 1.0, address = [0, 1] },\n"
"  ]\n";

static const char node_red[] =
"[{\"id\":\"fluxline1\",\"type\":\"inject\",\"name\":\"every 10 s\",\n"
"  \"props\":[{\"p\":\"payload\"}],\"repeat\":\"10\",\"once\":true,\n"
"  \"onceDelay\":\"0.1\",\"payload\":\"1\",\"payloadType\":\"num\",\n"
"  \"wires\":[[\"fluxline2\"]]},\n"
" {\"id\":\"fluxline2\",\"type\":\"function\",\"name\":\"reading\",\n"
"  \"func\":\"msg.headers = {'X-API-Key': '{key}'};\\n"
"msg.payload = {readings: [{device: '{device}', ts: Date.now(), "
"values: {'{sensor}': Number(msg.payload)}}]};\\nreturn msg;\",\n"
"  \"outputs\":1,\"wires\":[[\"fluxline3\"]]},\n"
" {\"id\":\"fluxline3\",\"type\":\"http request\",\"name\":\"Fluxline\",\n"
"  \"method\":\"POST\",\"ret\":\"obj\",\"url\":\"{url}/api/v1/ingest\",\n"
"  \"wires\":[[\"fluxline4\"]]},\n"
" {\"id\":\"fluxline4\",\"type\":\"debug\",\"name\":\"answer\",\n"
"  \"active\":true,\"complete\":\"payload\",\"wires\":[]}]\n";

static const char node_red_ca[] =
"{ca}export NODE_EXTRA_CA_CERTS=$HOME/fluxline-ca.pem\n{/ca}";

static const char home_assistant[] =
"influxdb:\n"
"  api_version: 2\n"
"  ssl: true\n"
"{ca}  verify_ssl: true\n"
"  ssl_ca_cert: /config/fluxline-ca.pem\n{/ca}"
"  host: {host}\n"
"  port: {port}\n"
"  token: {key}\n"
"  organization: fluxline\n"
"  bucket: fluxline\n"
"  precision: ms\n";

static const char esp32[] =
"#include <HTTPClient.h>\n"
"#include <WiFi.h>\n"
"#include <WiFiClientSecure.h>\n"
"\n"
"{ca}// What is in the file fluxline-ca.pem.\n"
"const char *CA = R\"(\n"
"-----BEGIN CERTIFICATE-----\n"
"...\n"
"-----END CERTIFICATE-----\n"
")\";\n\n{/ca}"
"void setup() {\n"
"  WiFi.begin(\"NETWORK\", \"PASSWORD\");\n"
"  while (WiFi.status() != WL_CONNECTED)\n"
"    delay(500);\n"
"}\n"
"\n"
"void loop() {\n"
"  WiFiClientSecure tls;\n"
"  HTTPClient http;\n"
"\n"
"{ca}  tls.setCACert(CA);\n{/ca}"
"  http.begin(tls, \"{url}/api/v1/ingest\");\n"
"  http.addHeader(\"X-API-Key\", \"{key}\");\n"
"  http.addHeader(\"Content-Type\", \"application/json\");\n"
"  http.POST(\"{\\\"device_id\\\":\\\"{device}\\\",\\\"{sensor}\\\":\"\n"
"            + String(analogRead(34)) + \"}\");\n"
"  http.end();\n"
"  delay(10000);\n"
"}\n";

static const char python[] =
"import json, ssl, time, urllib.request\n"
"\n"
"{ca}tls = ssl.create_default_context(cafile='fluxline-ca.pem')\n{/ca}"
"while True:\n"
"    body = {'readings': [{'device': '{device}', 'ts': time.time(),\n"
"                          'values': {'{sensor}': 1.0}}]}\n"
"    post = urllib.request.Request('{url}/api/v1/ingest',\n"
"        json.dumps(body).encode(), {'X-API-Key': '{key}',\n"
"        'Content-Type': 'application/json'})\n"
"    print(urllib.request.urlopen(post{ca}, context=tls{/ca}).read().decode(),\n"
"          flush=True)\n"
"    time.sleep(10)\n";

static const char curl[] =
"curl {ca}--cacert fluxline-ca.pem {/ca}{url}/api/v1/ingest \\\n"
"  -H 'X-API-Key: {key}' \\\n"
"  -H 'Content-Type: application/json' \\\n"
"  -d '{\"readings\":[{\"device\":\"{device}\",\"values\":{\"{sensor}\":1}}]}'\n";

static const char plc[] =
"POST {url}/api/v1/ingest\n"
"X-API-Key: {key}\n"
"Content-Type: application/json\n"
"\n"
"{\"batch_id\":\"{device}-1\",\"readings\":[{\"device\":\"{device}\",\n"
"  \"ts\":1763703600,\"values\":{\"{sensor}\":1}}]}\n"
"\n"
"batch_id   one more for each batch, and the same when it is sent once more\n"
"ts         Unix time of the reading; without a clock leave it out\n"
"answer     2xx: taken.  429, 503 or none: the same batch again, after\n"
"           Retry-After seconds or 2, 4, 8 .. 60\n"
"{ca}authority  fluxline-ca.pem\n{/ca}";

static const char scada[] =
"export FLUX_URL={url}\n"
"export FLUX_KEY={key}\n"
"{ca}export FLUX_CA=fluxline-ca.pem\n{/ca}"
"export FLUX_CSV=historian.csv\n"
"python3 scada.py\n";

static const char scada_line[] =
"2026-11-21T06:00:00Z,{device}.{sensor},1\n";

const struct recipe recipes[] = {
	{ "teltonika", "Teltonika router",
	  "RUT and TRB, RutOS 7: Data to Server",
	  { { "Data to Server, what is sent", teltonika_data },
	    { "Data to Server, where it goes", teltonika_server },
	    { "The devices that the router reads", teltonika_modbus } }, { NULL } },
	{ "telegraf", "Telegraf", "Any of its inputs, Modbus and OPC UA too",
	  { { "In telegraf.conf", telegraf_v2 },
	    { "Or, in place of it, as JSON", telegraf_http },
	    { "An input, for example", telegraf_modbus } }, { NULL } },
	{ "node-red", "Node-RED", "A flow to import",
	  { { "Menu > Import, and paste", node_red },
	    { "Before Node-RED is started", node_red_ca } },
	  { "node-red.json" } },
	{ "home-assistant", "Home Assistant", "Its InfluxDB integration",
	  { { "In configuration.yaml", home_assistant } }, { NULL } },
	{ "esp32", "ESP32", "An Arduino sketch",
	  { { "A sketch", esp32 } }, { "esp32/esp32.ino" } },
	{ "python", "Raspberry Pi", "And whatever else runs Python",
	  { { "A program", python } }, { "sender.py" } },
	{ "plc", "PLC",
	  "One that posts by HTTPS itself, or Node-RED beside it",
	  { { "What it posts", plc } }, { "node-red.json" } },
	{ "scada", "SCADA", "What its historian writes as CSV",
	  { { "Beside the two programs", scada },
	    { "A line of the file", scada_line } },
	  { "scada.py", "sender.py" } },
	{ "curl", "Anything else",
	  "Whatever can post by HTTPS, shown with curl",
	  { { "One reading", curl } }, { "sender.sh" } },
	{ .word = NULL }
};
/* clang-format on */

const struct recipe *
recipe_named(const char *word)
{
	const struct recipe *r;

	for (r = recipes; r->word != NULL; r++)
		if (strcmp(r->word, word) == 0)
			return r;
	return NULL;
}

/* "//host:port" of the address, or what stands for it. */
static void
put_host(struct buf *b, const char *url, bool port)
{
	const char *host = strstr(url, "//"), *colon;

	host = host != NULL ? host + 2 : url;
	colon = strrchr(host, ':');
	if (port)
		buf_text(b, colon != NULL ? colon + 1 : "443");
	else
		buf_put(b, host,
		    colon != NULL ? (size_t)(colon - host) : strlen(host));
}

/* What stands in braces at `at`; returns the place behind it. */
static const char *
put_word(struct buf *b, const char *at, const struct filling *f)
{
	const struct {
		const char *name, *text;
	} words[] = {
		{ "{url}", f->url },
		{ "{key}", f->key },
		{ "{device}", f->device },
		{ "{sensor}", f->sensor },
		{ "{/ca}", "" },
	};
	const char *end;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strncmp(at, words[i].name, strlen(words[i].name)) == 0) {
			buf_text(b, words[i].text);
			return at + strlen(words[i].name);
		}
	if (strncmp(at, "{host}", 6) == 0 || strncmp(at, "{port}", 6) == 0) {
		put_host(b, f->url, at[1] == 'p');
		return at + 6;
	}
	if (strncmp(at, "{ca}", 4) == 0) {
		end = strstr(at, "{/ca}");
		return f->has_ca || end == NULL ? at + 4 : end;
	}
	buf_put(b, at, 1);
	return at + 1;
}

const char *
recipe_fill(struct arena *a, const char *text, const struct filling *f)
{
	struct buf b = buf_new(a, strlen(text) + 512);

	while (*text != 0) {
		size_t n = strcspn(text, "{");

		buf_put(&b, text, n);
		text += n;
		if (*text != 0)
			text = put_word(&b, text, f);
	}
	buf_text(&b, "");
	return (const char *)b.p;
}
