using System.Runtime.InteropServices;

namespace MnistAdder.Serving.Tests.Fuzzing;

/// <summary>What fresh native memory holds: a decoder that reads what it never wrote gives other pixels with another filling.</summary>
/// <remarks>
/// glibc's M_PERTURB, which leaves out recycled blocks of up to a kilobyte, 28×28 grey levels among them; nothing happens with other C
/// libraries.
/// </remarks>
internal sealed class NativeHeap : IDisposable
{
    private const int Perturb = -6; // malloc.h

    private readonly bool _isGlibc =
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "gnu_get_libc_version", out _);

    /// <summary>Fills memory with a byte from now on as it is handed out.</summary>
    public void FillWith(byte value)
    {
        if (_isGlibc)
            _ = mallopt(Perturb, value);
    }

    /// <inheritdoc/>
    public void Dispose() => FillWith(0);

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mallopt(int parameter, int value);
}
