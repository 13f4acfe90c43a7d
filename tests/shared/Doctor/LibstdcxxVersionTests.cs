using System.Text;
using MnistAdder.Commands.Doctor;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Tests.Doctor;

public class LibstdcxxVersionTests
{
    [Fact]
    public void The_greatest_symbol_version_of_libstdcxx_counts_as_a_number()
    {
        Assert.Equal(new Version(3, 4, 30), LibstdcxxVersion.Greatest("ELF\0GLIBCXX_3.4\0GLIBCXX_3.4.9\0GLIBCXX_3.4.30\0GLIBCXX_3.4.29\0"u8));
        Assert.Null(LibstdcxxVersion.Greatest(Encoding.ASCII.GetBytes("musl")));
    }

    [Fact]
    public void The_libstdcxx_of_this_linux_has_a_version()
    {
        LibrarySearch search = LibrarySearch.OfSystem();
        Assert.SkipWhen(search.Find("libstdc++.so.6").Path is null, "This system has no libstdc++.so.6.");
        Assert.True(LibstdcxxVersion.Find(search) >= new Version(3, 4, 19));
    }
}
