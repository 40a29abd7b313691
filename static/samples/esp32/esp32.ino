/*
 * Sends readings to Fluxline from an ESP32, with the libraries that its board
 * package has (Arduino, esp32 2.0 or newer).
 *
 * A reading has the time at which it was taken and waits in memory, for
 * READINGS_MAX times EVERY_S seconds at most, while there is no network.  It is
 * sent in numbered batches: a batch whose answer got lost is sent once more,
 * under the same number, and counts once.
 */
#include <HTTPClient.h>
#include <Preferences.h>
#include <WiFi.h>
#include <WiFiClientSecure.h>
#include <time.h>

#ifndef FLUX_URL
#define FLUX_URL "https://HOST:8443"
#define FLUX_KEY "THE-KEY"
#define FLUX_DEVICE "DEVICE"
#define FLUX_SENSOR "SENSOR"
#define FLUX_NETWORK "NETWORK"
#define FLUX_PASSWORD "PASSWORD"
#define FLUX_EVERY_S 10
// What is in fluxline-ca.pem; NULL: our certificate is a public authority's.
#define FLUX_CA NULL
#endif

static const size_t READINGS_MAX = 2000, BATCH_MAX = 50;
static const unsigned WAIT_MAX_S = 60;

struct reading {
	time_t at;
	float value;
};

static struct reading waiting[READINGS_MAX]; // a ring
static size_t first, count;
static size_t sending;		// how many of the first are a batch; 0: none
static uint32_t start_no, batch_no; // together the number of the batch
static unsigned failed;
static uint32_t due_ms, taken_s;

static void take() {
	if (count == READINGS_MAX) {
		// The oldest goes, and with it the batch that has it: what is
		// left of that is another one.
		first = (first + 1) % READINGS_MAX;
		count--;
		if (sending > 0) {
			sending = 0;
			batch_no++;
		}
	}
	waiting[(first + count) % READINGS_MAX] = { time(nullptr),
		analogRead(34) * 3.3f / 4095 };
	count++;
}

static size_t body_write(char *to, size_t room) {
	size_t n = snprintf(to, room, "{\"batch_id\":\"%s-%u-%u\","
	    "\"readings\":[", FLUX_DEVICE, (unsigned)start_no,
	    (unsigned)batch_no);

	for (size_t i = 0; i < sending; i++) {
		const struct reading *r = &waiting[(first + i) % READINGS_MAX];

		n += snprintf(to + n, room - n, "%s{\"device\":\"%s\","
		    "\"ts\":%lld,\"values\":{\"%s\":%.4g}}", i > 0 ? "," : "",
		    FLUX_DEVICE, (long long)r->at, FLUX_SENSOR, r->value);
	}
	return n + snprintf(to + n, room - n, "]}");
}

// The status of the answer, below 0 if none came.
static int post(unsigned *after_s) {
	static char body[64 + BATCH_MAX * 192];
	const char *names[] = { "Retry-After" };
	WiFiClientSecure tls;
	HTTPClient http;
	int status;

	if (FLUX_CA != NULL)
		tls.setCACert(FLUX_CA);
	http.setTimeout(15000);
	if (strncmp(FLUX_URL, "https", 5) != 0
		    ? !http.begin(FLUX_URL "/api/v1/ingest")
		    : !http.begin(tls, FLUX_URL "/api/v1/ingest"))
		return -1;
	http.addHeader("X-API-Key", FLUX_KEY);
	http.addHeader("Content-Type", "application/json");
	http.collectHeaders(names, 1);
	status = http.POST((uint8_t *)body, body_write(body, sizeof(body)));
	*after_s = http.header("Retry-After").toInt();
	http.end();
	return status;
}

static bool is_over(int status) {
	// What is refused like this will not be taken later either.
	return (status >= 200 && status < 300) || status == 400 ||
	       status == 413 || status == 422;
}

static void batch_send() {
	unsigned after_s = 0, wait_s;
	int status;

	if (sending == 0)
		sending = count < BATCH_MAX ? count : BATCH_MAX;
	status = post(&after_s);
	if (is_over(status)) {
		first = (first + sending) % READINGS_MAX;
		count -= sending;
		sending = 0;
		batch_no++;
		failed = 0;
		due_ms = millis();
		return;
	}
	Serial.printf("status %d, %u readings wait\n", status,
	    (unsigned)count);
	wait_s = failed < 6 ? 1u << failed : WAIT_MAX_S;
	failed++;
	if (after_s > 0)
		due_ms = millis() + after_s * 1000 + random(1000);
	else
		due_ms = millis() + wait_s * (500 + random(500));
}

void setup() {
	Preferences kept;

	Serial.begin(115200);
	// Each start counts from 1 again, and under another number.
	kept.begin("fluxline");
	start_no = kept.getUInt("start") + 1;
	kept.putUInt("start", start_no);
	kept.end();
	batch_no = 1;
	WiFi.begin(FLUX_NETWORK, FLUX_PASSWORD);
	configTime(0, 0, "pool.ntp.org");
}

void loop() {
	time_t now = time(nullptr);

	// Before the clock is set nobody knows when a reading was taken.
	if (now > 1700000000 && now / FLUX_EVERY_S != taken_s) {
		taken_s = now / FLUX_EVERY_S;
		take();
	}
	if (count > 0 && WiFi.status() == WL_CONNECTED &&
	    (int32_t)(millis() - due_ms) >= 0)
		batch_send();
	delay(20);
}
