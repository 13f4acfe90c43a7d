using System.Runtime.InteropServices;
using System.Text;

namespace MnistAdder.OnnxBatching.Devices;

/// <summary>What NVIDIA's driver for Linux says through its own library; neither TorchSharp nor ONNX Runtime offers it.</summary>
/// <param name="CudaVersion">The newest CUDA version that the driver supports, for instance 12.8; null where it doesn't say.</param>
/// <param name="Devices">Its devices in its own order; empty where it sees none.</param>
/// <param name="Problem">Why there are no devices, in the driver's words; null where there are some.</param>
internal sealed record NvidiaDriver(Version? CudaVersion, IReadOnlyList<NvidiaDevice> Devices, string? Problem)
{
    /// <summary>The driver's library.</summary>
    public const string Library = "libcuda.so.1";

    private const int Success = 0;

    /// <summary>Asks the driver.</summary>
    /// <returns>Its answers, or null where it isn't installed, and on other systems.</returns>
    public static NvidiaDriver? TryQuery()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, out nint handle))
            return null;
        NativeLibrary.Free(handle);
        Version? version = cuDriverGetVersion(out int number) == Success ? new Version(number / 1000, number % 1000 / 10) : null;
        var devices = new List<NvidiaDevice>();
        int status = cuInit(0);
        int count = 0;
        if (status == Success)
            status = cuDeviceGetCount(out count);
        for (int ordinal = 0; ordinal < count && status == Success; ordinal++)
            status = Describe(ordinal, devices);
        return new NvidiaDriver(version, devices, devices.Count > 0 ? null : status == Success ? "it sees no device" : ErrorText(status));
    }

    private static int Describe(int ordinal, List<NvidiaDevice> devices)
    {
        byte[] name = new byte[256];
        nuint bytes = 0;
        int status = cuDeviceGet(out int device, ordinal);
        if (status == Success)
            status = cuDeviceGetName(name, name.Length, device);
        if (status == Success)
            status = cuDeviceTotalMem_v2(out bytes, device);
        if (status == Success)
            devices.Add(new NvidiaDevice(Encoding.UTF8.GetString(name.AsSpan(0, Math.Max(0, Array.IndexOf(name, (byte)0)))), (long)bytes));
        return status;
    }

    private static string ErrorText(int status) =>
        cuGetErrorString(status, out nint text) == Success && Marshal.PtrToStringUTF8(text) is { } words ? $"error {status}, {words}" : $"error {status}";

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuInit(uint flags);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDriverGetVersion(out int version);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuGetErrorString(int status, out nint text);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDeviceGetCount(out int count);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDeviceGet(out int device, int ordinal);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDeviceGetName(byte[] name, int length, int device);

    [DllImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDeviceTotalMem_v2(out nuint bytes, int device);
}

/// <summary>A device that NVIDIA's driver sees.</summary>
/// <param name="Name">For instance <c>NVIDIA GeForce GTX 960M</c>.</param>
/// <param name="MemoryBytes">Memory of the device.</param>
internal sealed record NvidiaDevice(string Name, long MemoryBytes);
