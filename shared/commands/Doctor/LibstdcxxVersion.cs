using System.Globalization;
using System.Text;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Commands.Doctor;

/// <summary>How new a libstdc++ is: the greatest <c>GLIBCXX_3.4.x</c> among its symbol versions.</summary>
internal static class LibstdcxxVersion
{
    private static ReadOnlySpan<byte> Prefix => "GLIBCXX_3.4."u8;

    /// <summary>Of the library that a search finds.</summary>
    /// <returns>For instance 3.4.30; null where there is no libstdc++.</returns>
    public static Version? Find(LibrarySearch search) =>
        search.Find("libstdc++.so.6").Path is { } path ? Greatest(File.ReadAllBytes(path)) : null;

    /// <summary>Of a library's bytes.</summary>
    public static Version? Greatest(ReadOnlySpan<byte> library)
    {
        int greatest = -1;
        for (int at; (at = library.IndexOf(Prefix)) >= 0;)
        {
            library = library[(at + Prefix.Length)..];
            int digits = library.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            if (digits is > 0 and < 6)
                greatest = Math.Max(greatest, int.Parse(Encoding.ASCII.GetString(library[..digits]), CultureInfo.InvariantCulture));
        }

        return greatest < 0 ? null : new Version(3, 4, greatest);
    }
}
