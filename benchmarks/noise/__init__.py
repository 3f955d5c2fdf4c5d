"""Error of readouts under the noise of devices, beside other compilers that know the device."""
