using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using MnistAdder.NativeLibraries;

namespace MnistAdder.Training.Tests.NativeLibraries;

public sealed class WeakenLibstdcxxVersionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_the_weak_flag_of_the_unused_version_changes()
    {
        byte[] before = SyntheticElf(WeakenLibstdcxxVersion.UnusedSymbol);
        byte[] after = [.. before];

        Assert.True(WeakenLibstdcxxVersion.Weaken(after));

        int[] changed = [.. Enumerable.Range(0, before.Length).Where(i => before[i] != after[i])];
        int flag = Assert.Single(changed);
        Assert.Equal(0, before[flag]);
        Assert.Equal(2, after[flag]);
        Assert.Equal(VernauxOf332 + 4, flag);
    }

    [Fact]
    public void A_library_that_was_weakened_before_stays_as_it_is()
    {
        byte[] image = SyntheticElf(WeakenLibstdcxxVersion.UnusedSymbol);
        WeakenLibstdcxxVersion.Weaken(image);
        Assert.False(WeakenLibstdcxxVersion.Weaken(image));
    }

    [Fact]
    public void A_library_that_does_not_ask_for_the_version_stays_as_it_is() =>
        Assert.False(WeakenLibstdcxxVersion.Weaken(SyntheticElf(WeakenLibstdcxxVersion.UnusedSymbol, version: "GLIBCXX_3.4.31")));

    [Fact]
    public void A_library_with_another_symbol_of_the_version_is_refused_by_that_symbols_name()
    {
        byte[] image = SyntheticElf("_ZNSt6chrono4called4ByUsEv");
        byte[] before = [.. image];
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => WeakenLibstdcxxVersion.Weaken(image));
        Assert.Contains("_ZNSt6chrono4called4ByUsEv", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, image);
    }

    [Fact]
    public void A_file_that_is_cut_short_at_any_byte_is_refused()
    {
        byte[] whole = SyntheticElf(WeakenLibstdcxxVersion.UnusedSymbol);
        const int lastByteRead = Headers + (4 * 64) + 0x2C; // the link of the last section
        for (int length = 0; length < lastByteRead; length++)
            Assert.Throws<InvalidDataException>(() => WeakenLibstdcxxVersion.Weaken(whole[..length]));
    }

    [Fact]
    public void A_weakened_file_keeps_its_time_so_that_an_incremental_build_does_not_copy_it_anew()
    {
        string path = _folder.Write("library.so", SyntheticElf(WeakenLibstdcxxVersion.UnusedSymbol));
        var time = new DateTime(2025, 5, 7, 1, 2, 3, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, time);

        Assert.True(WeakenLibstdcxxVersion.WeakenFile(path));

        Assert.Equal(time, File.GetLastWriteTimeUtc(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void The_real_library_of_the_package_needs_one_flag_and_the_copy_beside_these_tests_has_it_where_it_matters()
    {
        string copy = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(copy), "libLibTorchSharp.so for linux-x64 isn't part of this platform's build.");
        byte[] built = File.ReadAllBytes(copy);
        byte[] package = File.ReadAllBytes(PackageFile());
        byte[] expected = [.. package];
        Assert.True(WeakenLibstdcxxVersion.Weaken(expected));
        Assert.Equal(1, package.Zip(expected).Count(pair => pair.First != pair.Second));

        bool isOld = !NativeLibrary.TryGetExport(NativeLibrary.Load("libstdc++.so.6"), WeakenLibstdcxxVersion.UnusedSymbol, out _);
        Assert.Equal(isOld ? expected : package, built);
        Assert.Equal(4, TorchSharp.torch.ones(2, 2).sum().item<float>());
    }

    // TorchSharp's managed assembly is copied from its package; the native file lies in the same package.
    private static string PackageFile()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string version = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3);
        return Path.Combine(packages, "torchsharp", version, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
    }

    private const int VersionNeeds = 64, VernauxOf332 = VersionNeeds + 16 + 16, Versions = 160, Symbols = 176, Strings = 256, Headers = 512;

    /// <summary>An ELF file of four sections: a requirement of two versions of libstdc++, two symbols, their versions, and the strings.</summary>
    private static byte[] SyntheticElf(string symbol, string version = WeakenLibstdcxxVersion.Version)
    {
        byte[] image = new byte[Headers + (5 * 64)];
        byte[] ident = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        ident.CopyTo(image, 0);
        Put64(0x28, Headers);
        Put16(0x3A, 64);
        Put16(0x3C, 5);

        int nextString = Strings + 1;
        int library = Text("libstdc++.so.6"), older = Text("GLIBCXX_3.4.30"), newer = Text(version), symbolName = Text(symbol);

        // Elf64_Verneed { version, count, file, aux, next }, then two Elf64_Vernaux { hash, flags, other, name, next }.
        Put16(VersionNeeds, 1);
        Put16(VersionNeeds + 2, 2);
        Put32(VersionNeeds + 4, library);
        Put32(VersionNeeds + 8, 16);
        Put16(VersionNeeds + 16 + 6, 2);
        Put32(VersionNeeds + 16 + 8, older);
        Put32(VersionNeeds + 16 + 12, 16);
        Put16(VernauxOf332 + 6, 3);
        Put32(VernauxOf332 + 8, newer);

        Put16(Versions + 2, 3);
        Put32(Symbols + 24, symbolName);

        Section(1, type: 3, Strings, Headers - Strings, link: 0);
        Section(2, type: 11, Symbols, 48, link: 1);
        Section(3, type: 0x6FFFFFFF, Versions, 4, link: 2);
        Section(4, type: 0x6FFFFFFE, VersionNeeds, 48, link: 1);
        return image;

        int Text(string text)
        {
            int offset = nextString - Strings;
            nextString += Encoding.ASCII.GetBytes(text, image.AsSpan(nextString)) + 1;
            return offset;
        }

        void Section(int index, int type, int offset, int size, int link)
        {
            int header = Headers + (index * 64);
            Put32(header + 4, type);
            Put64(header + 0x18, offset);
            Put64(header + 0x20, size);
            Put32(header + 0x28, link);
        }

        void Put16(int offset, int value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), (ushort)value);
        void Put32(int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(offset), value);
        void Put64(int offset, long value) => BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(offset), value);
    }
}
