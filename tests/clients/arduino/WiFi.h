#ifndef ARDUINO_WIFI_H
#define ARDUINO_WIFI_H

enum { WL_CONNECTED = 3 };

struct WiFiStation {
	void
	begin(const char *, const char *)
	{
	}
	int
	status()
	{
		return WL_CONNECTED;
	}
};
inline WiFiStation WiFi;

#endif
