// Arduino.h - as much of the ESP32's libraries as static/samples/esp32 uses, on
// a host: the clock runs, the pin counts up, HTTP goes by libcurl.
#ifndef ARDUINO_ARDUINO_H
#define ARDUINO_ARDUINO_H

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <unistd.h>

// Four thousandths of a volt more each time.
inline int
analogRead(int)
{
	static int n = 0;

	return n = (n + 5) % 4096;
}

inline uint32_t
millis()
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

inline void
delay(uint32_t ms)
{
	usleep(ms * 1000);
}
inline long
random(long most)
{
	return rand() % most;
}
inline void
configTime(long, int, const char *)
{
}

struct String {
	std::string s;
	long
	toInt() const
	{
		return atol(s.c_str());
	}
};

struct SerialPort {
	void
	begin(long)
	{
	}
	void
	printf(const char *format, ...)
	{
		va_list args;

		va_start(args, format);
		vprintf(format, args);
		va_end(args);
		fflush(stdout);
	}
};
inline SerialPort Serial;

#endif
