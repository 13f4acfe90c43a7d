using System.Runtime.InteropServices;
using System.Text;

namespace MnistAdder.Training.Devices;

/// <summary>What NVIDIA's driver says of its first device. TorchSharp offers neither name nor memory.</summary>
/// <param name="DeviceName">For instance <c>NVIDIA GeForce GTX 960M</c>.</param>
/// <param name="MemoryBytes">Memory of the device.</param>
/// <param name="CudaVersion">The newest CUDA version that the driver supports, for instance <c>12.8</c>.</param>
/// <param name="DeviceCount">Devices in the machine.</param>
public sealed record NvidiaDriver(string DeviceName, long MemoryBytes, string CudaVersion, int DeviceCount)
{
    private const string Library = "libcuda.so.1";
    private const int Success = 0;

    /// <summary>Asks the driver, through its own library.</summary>
    /// <returns>The first device, or null where there is no driver or no device.</returns>
    public static NvidiaDriver? TryQuery()
    {
        if (!NativeLibrary.TryLoad(Library, out nint handle))
            return null;
        NativeLibrary.Free(handle);
        byte[] name = new byte[256];
        return cuInit(0) == Success
            && cuDeviceGetCount(out int count) == Success
            && count > 0
            && cuDeviceGet(out int device, 0) == Success
            && cuDeviceGetName(name, name.Length, device) == Success
            && cuDeviceTotalMem_v2(out nuint bytes, device) == Success
            && cuDriverGetVersion(out int version) == Success
            ? new NvidiaDriver(Encoding.UTF8.GetString(name.AsSpan(0, Math.Max(0, Array.IndexOf(name, (byte)0)))), (long)bytes, $"{version / 1000}.{version % 1000 / 10}", count)
            : null;
    }

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuInit(uint flags);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDriverGetVersion(out int version);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDeviceGetCount(out int count);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDeviceGet(out int device, int ordinal);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDeviceGetName(byte[] name, int length, int device);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDeviceTotalMem_v2(out nuint bytes, int device);
}
