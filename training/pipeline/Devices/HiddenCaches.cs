using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Runtime.Versioning;
using MnistAdder.OnnxBatching.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Devices;

/// <summary>AMD processors that don't say how large their caches are, as in some virtual machines, and what libtorch makes of that.</summary>
/// <remarks>
/// The oneDNN 3.7.1 in libtorch 2.10 reads the sizes from CPUID's leaf 8000001D. Where that is empty it takes every cache for one of a single
/// byte, and divides convolutions in ways that nobody tried: with channels that fill no vector it computes with memory that nothing was
/// written to (gradients off by a third, or not a number), and now and then it ends the process. It guesses sizes, and is right, where it
/// knows of no caches at all; that is what it is told here, in its own description of the processor.
/// </remarks>
internal static unsafe class HiddenCaches
{
    private const int CacheLeaf = unchecked((int)0x8000001D);

    // dnnl::impl::cpu::x64::cpu(), which describes the processor the first time that it is called.
    private const string Description = "_ZN4dnnl4impl3cpu3x643cpuEv";

    // What that returns, in words of 32 bits (Xbyak::util::Cpu).
    private const int SizesAt = 7, SharingAt = 17, LevelsAt = 27, FamilyAt = 34, ModelAt = 35, MostLevels = 10;

    private static readonly Lazy<string?> s_remedy = new(Remedy);

    /// <summary>Helps libtorch where it needs help; after the first time nothing is done.</summary>
    /// <returns>What was done, a clause for people; null where there was nothing to do.</returns>
    public static string? Reveal() => s_remedy.Value;

    /// <summary>Whether oneDNN's description of the processor is found, and is one of this processor.</summary>
    internal static bool IsDescribed => OperatingSystem.IsLinux() && Describe() is not null;

    [SupportedOSPlatform("linux")]
    private static uint* Describe()
    {
        InitializeDeviceType(DeviceType.CPU); // loads libtorch
        (string Path, nint Address)? library = Loaded("libtorch_cpu.so");
        if (library is not { } loaded || ElfSymbols.Find(loaded.Path, Description) is not { } place)
            return null;
        var describe = (delegate* unmanaged<uint*>)(loaded.Address + (nint)place);
        uint* words = describe();
        int version = X86Base.CpuId(1, 0).Eax;
        int family = (version >> 8) & 0xF, model = (version >> 4) & 0xF, largeFamily = (version >> 20) & 0xFF, largeModel = (version >> 16) & 0xF;
        bool isProcessor = words[FamilyAt] == family + (family == 0xF ? largeFamily : 0) && words[ModelAt] == model + (family is 0xF or 6 ? largeModel << 4 : 0);
        return isProcessor && words[LevelsAt] <= MostLevels ? words : null;
    }

    private static string? Remedy()
    {
        if (!OperatingSystem.IsLinux() || !AreHidden())
            return null;
        uint* words = Describe();
        if (words is not null && AreBytes(words))
        {
            words[LevelsAt] = 0;
            return "this processor hides its caches, which libtorch takes for common ones";
        }

        NativeEnvironment.SetDefault("ONEDNN_MAX_CPU_ISA", "SSE41"); // read when libtorch first computes with oneDNN
        return "this processor hides its caches, and libtorch computes slowly for want of them";
    }

    private static bool AreHidden()
    {
        if (!X86Base.X64.IsSupported || X86Base.CpuId(0, 0) is not (_, 0x68747541, 0x444D4163, 0x69746E65)) // "Auth", "cAMD", "enti"
            return false;
        bool hasLeaf = unchecked((uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax) >= unchecked((uint)CacheLeaf);
        return hasLeaf && X86Base.CpuId(CacheLeaf, 0) is (0, 0, 0, 0);
    }

    // Three levels of a byte, each of one core.
    private static bool AreBytes(uint* words)
    {
        int levels = (int)words[LevelsAt];
        ReadOnlySpan<uint> sizes = new(words + SizesAt, MostLevels), sharing = new(words + SharingAt, MostLevels);
        return levels > 0 && AreOnes(sizes) && AreOnes(sharing);

        bool AreOnes(ReadOnlySpan<uint> values) => !values[..levels].ContainsAnyExcept(1u) && !values[levels..].ContainsAnyExcept(0u);
    }

    // A line of maps: 7f06a0000000-7f06a1ad9000 r--p 00000000 08:01 123 /path, the one of the file's beginning first.
    [SupportedOSPlatform("linux")]
    private static (string Path, nint Address)? Loaded(string name) => File.ReadLines("/proc/self/maps")
        .Where(line => line.EndsWith($"/{name}", StringComparison.Ordinal))
        .Select(line => (line[line.IndexOf('/', StringComparison.Ordinal)..], (nint)Convert.ToInt64(line[..line.IndexOf('-', StringComparison.Ordinal)], 16)))
        .Cast<(string, nint)?>()
        .FirstOrDefault();
}

/// <summary>The names that a Linux library was linked with, which are there as long as nobody has stripped it.</summary>
internal static unsafe class ElfSymbols
{
    private const uint SymbolTable = 2;

    /// <summary>Looks a name up.</summary>
    /// <param name="path">A library of 64 bits, little-endian.</param>
    /// <param name="name">As the linker writes it.</param>
    /// <returns>Its distance from where the library is loaded; null where it isn't there.</returns>
    public static ulong? Find(string path, string name)
    {
        using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* bytes = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref bytes);
        try
        {
            return Find(new ReadOnlySpan<byte>(bytes, checked((int)new FileInfo(path).Length)), name);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private static ulong? Find(ReadOnlySpan<byte> library, string name)
    {
        ReadOnlySpan<Section> sections = MemoryMarshal.Cast<byte, Section>(library[(int)MemoryMarshal.Read<ulong>(library[40..])..])[..MemoryMarshal.Read<ushort>(library[60..])];
        foreach (Section section in sections)
        {
            if (section.Type != SymbolTable)
                continue;
            ReadOnlySpan<byte> names = Content(library, sections[(int)section.Link]), wanted = [.. System.Text.Encoding.ASCII.GetBytes(name), 0];
            foreach (Symbol symbol in MemoryMarshal.Cast<byte, Symbol>(Content(library, section)))
            {
                if (symbol.Value != 0 && names[(int)symbol.Name..].StartsWith(wanted))
                    return symbol.Value;
            }
        }

        return null;
    }

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> library, Section section) => library.Slice((int)section.Offset, (int)section.Size);

    private readonly record struct Section(uint Name, uint Type, ulong Flags, ulong Address, ulong Offset, ulong Size, uint Link, uint Info, ulong Alignment, ulong EntrySize);

    private readonly record struct Symbol(uint Name, byte Info, byte Other, ushort SectionIndex, ulong Value, ulong Size);
}
