#ifndef ARDUINO_HTTPCLIENT_H
#define ARDUINO_HTTPCLIENT_H

#include <curl/curl.h>

#include "Arduino.h"
#include "WiFiClientSecure.h"

struct HTTPClient {
	CURL *curl = curl_easy_init();
	struct curl_slist *headers = nullptr;
	std::string after;

	static size_t
	header_read(char *p, size_t, size_t n, void *to)
	{
		static const char name[] = "retry-after:";

		if (n > sizeof(name) && strncasecmp(p, name, 12) == 0)
			*(std::string *)to = std::string(p + 12, n - 12);
		return n;
	}
	static size_t
	body_read(char *, size_t, size_t n, void *)
	{
		return n;
	}

	bool
	begin(const char *url)
	{
		curl_easy_setopt(curl, CURLOPT_URL, url);
		return true;
	}
	bool
	begin(WiFiClientSecure &, const char *url)
	{
		return begin(url);
	}
	void
	setTimeout(int ms)
	{
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ms);
	}
	void
	addHeader(const char *name, const char *value)
	{
		headers = curl_slist_append(headers,
		    (std::string(name) + ": " + value).c_str());
	}
	void
	collectHeaders(const char **, size_t)
	{
	}
	int
	POST(uint8_t *body, size_t n)
	{
		long status = -1;

		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)n);
		curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, header_read);
		curl_easy_setopt(curl, CURLOPT_HEADERDATA, &after);
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_read);
		if (curl_easy_perform(curl) != CURLE_OK)
			return -1;
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		return status;
	}
	String
	header(const char *)
	{
		return { after };
	}
	void
	end()
	{
		curl_slist_free_all(headers);
		curl_easy_cleanup(curl);
	}
};

#endif
