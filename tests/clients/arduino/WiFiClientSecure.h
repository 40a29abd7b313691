#ifndef ARDUINO_WIFICLIENTSECURE_H
#define ARDUINO_WIFICLIENTSECURE_H

struct WiFiClientSecure {
	void
	setCACert(const char *)
	{
	}
};

#endif
