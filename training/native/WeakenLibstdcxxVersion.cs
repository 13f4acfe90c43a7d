#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Build.Framework;

namespace MnistAdder.NativeLibraries
{
    /// <summary>
    /// Build task: lets TorchSharp's native library load where libstdc++ is older than the one that it was linked with.
    /// TorchSharpLibrary.targets says why and when: on Linux alone, whose loader it asks.
    /// </summary>
    public sealed class WeakenLibstdcxxVersion : Microsoft.Build.Utilities.Task
    {
        /// <summary>The version of libstdc++'s symbols, from GCC 13, that the library asks for.</summary>
        public const string Version = "GLIBCXX_3.4.32";

        /// <summary>The only symbol that may carry that version; nothing calls it.</summary>
        public const string UnusedSymbol = "_ZSt21ios_base_library_initv";

        /// <summary>The copy of libLibTorchSharp.so to change, never the one in the NuGet cache.</summary>
        [Required]
        public string Library { get; set; } = "";

        /// <summary>Change the library even where this machine's libstdc++ is new enough, for a build that is run elsewhere.</summary>
        public bool Always { get; set; }

        public override bool Execute()
        {
            if (!Always && SystemLibstdcxxIsNewEnough())
                return true;
            try
            {
                if (WeakenFile(Library))
                    Log.LogMessage(MessageImportance.High, $"{Library}: {Version} made optional, since this machine's libstdc++ is older.");
                return true;
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException || error is InvalidDataException)
            {
                Log.LogError($"{Library}: {error.Message}");
                return false;
            }
        }

        /// <summary>Makes the version optional in a file, by way of a temporary file, since a running program may have it mapped.</summary>
        /// <returns>Whether the file had to be changed.</returns>
        public static bool WeakenFile(string path)
        {
            byte[] image = File.ReadAllBytes(path);
            if (!Weaken(image))
                return false;
            string temporary = path + ".weakened";
            File.Copy(path, temporary, overwrite: true); // keeps the permissions
            File.WriteAllBytes(temporary, image);
            // With its own modification time an incremental build would take the file for stale and copy it anew.
            File.SetLastWriteTimeUtc(temporary, File.GetLastWriteTimeUtc(path));
            File.Delete(path);
            File.Move(temporary, path);
            return true;
        }

        /// <summary>Sets the weak flag on the version's entry in the version requirements of an ELF library.</summary>
        /// <param name="image">The bytes of a 64-bit little-endian ELF file; changed in place.</param>
        /// <returns>Whether the flag had to be set: false where the version isn't asked for or is optional already.</returns>
        /// <exception cref="InvalidDataException">Not such a file, or a symbol that matters has the version.</exception>
        public static bool Weaken(byte[] image)
        {
            var elf = new ElfImage(image);
            int entry = elf.FindVersionNeed(Version);
            if (entry < 0 || elf.IsWeak(entry))
                return false;
            foreach (string symbol in elf.SymbolsOfVersion(entry))
            {
                if (symbol != UnusedSymbol)
                    throw new InvalidDataException($"the symbol {symbol} needs {Version} of libstdc++; install GCC 13's libstdc++ or newer");
            }

            elf.SetWeak(entry);
            return true;
        }

        // The loader's own answer to the loader's own question.
        private static bool SystemLibstdcxxIsNewEnough()
        {
            const int lazyBinding = 1;
            IntPtr library = dlopen("libstdc++.so.6", lazyBinding);
            return library != IntPtr.Zero && dlvsym(library, UnusedSymbol, Version) != IntPtr.Zero;
        }

        [DllImport("libdl.so.2", CharSet = CharSet.Ansi)]
        private static extern IntPtr dlopen(string name, int flags);

        [DllImport("libdl.so.2", CharSet = CharSet.Ansi)]
        private static extern IntPtr dlvsym(IntPtr library, string symbol, string version);

        // Structures and constants: System V ABI, "ELF-64 Object File Format", and the Linux Standard Base on symbol versioning.
        private sealed class ElfImage
        {
            private const uint DynamicSymbols = 11;
            private const uint VersionNeeds = 0x6FFFFFFE;
            private const uint SymbolVersions = 0x6FFFFFFF;
            private const ushort WeakFlag = 2;
            private readonly byte[] _image;
            private readonly Dictionary<uint, Section> _sections = new Dictionary<uint, Section>();

            public ElfImage(byte[] image)
            {
                _image = image;
                bool is64BitLittleEndian = image.Length >= 64 && image[0] == 0x7F && image[1] == 'E' && image[2] == 'L' && image[3] == 'F'
                    && image[4] == 2 && image[5] == 1;
                if (!is64BitLittleEndian)
                    throw new InvalidDataException("not a 64-bit little-endian ELF file");
                long table = Int64(0x28);
                int entrySize = UInt16(0x3A), count = UInt16(0x3C);
                for (int i = 0; i < count; i++)
                {
                    long header = table + ((long)i * entrySize);
                    var section = new Section(Int64(header + 0x18), Int64(header + 0x20), UInt32(header + 0x28), table, entrySize);
                    _sections[UInt32(header + 4)] = section;
                }
            }

            /// <summary>The offset of the version's entry (Elf64_Vernaux) in the file, or −1.</summary>
            public int FindVersionNeed(string version)
            {
                if (!_sections.TryGetValue(VersionNeeds, out Section needs))
                    return -1;
                long strings = StringTable(needs);
                for (long need = needs.Offset; ; need += UInt32(need + 12))
                {
                    long entry = need + UInt32(need + 8);
                    for (int left = UInt16(need + 2); left > 0; left--)
                    {
                        if (Text(strings + UInt32(entry + 8)) == version)
                            return (int)entry;
                        entry += UInt32(entry + 12);
                    }

                    if (UInt32(need + 12) == 0)
                        return -1;
                }
            }

            public bool IsWeak(int entry) => (UInt16(entry + 4) & WeakFlag) != 0;

            public void SetWeak(int entry) => _image[entry + 4] |= (byte)WeakFlag;

            /// <summary>The names of the dynamic symbols that ask for a version.</summary>
            public IEnumerable<string> SymbolsOfVersion(int entry)
            {
                if (!_sections.TryGetValue(SymbolVersions, out Section versions) || !_sections.TryGetValue(DynamicSymbols, out Section symbols))
                    throw new InvalidDataException("an ELF file without a dynamic symbol table");
                int index = UInt16(entry + 6);
                long strings = StringTable(symbols);
                for (long i = 0; i < versions.Size / 2; i++)
                {
                    if ((UInt16(versions.Offset + (2 * i)) & 0x7FFF) == index)
                        yield return Text(strings + UInt32(symbols.Offset + (24 * i)));
                }
            }

            private long StringTable(Section section) => Int64(section.HeaderTable + ((long)section.Link * section.HeaderSize) + 0x18);

            private string Text(long offset)
            {
                int end = Array.IndexOf(_image, (byte)0, Checked(offset, 1));
                if (end < 0)
                    throw new InvalidDataException("a string runs past the end of the ELF file");
                return Encoding.ASCII.GetString(_image, (int)offset, end - (int)offset);
            }

            private ushort UInt16(long offset) => BitConverter.ToUInt16(_image, Checked(offset, 2));

            private uint UInt32(long offset) => BitConverter.ToUInt32(_image, Checked(offset, 4));

            private long Int64(long offset) => BitConverter.ToInt64(_image, Checked(offset, 8));

            private int Checked(long offset, int size) =>
                offset >= 0 && offset <= _image.Length - size ? (int)offset : throw new InvalidDataException("an ELF file that is cut short");

            private readonly struct Section
            {
                public Section(long offset, long size, uint link, long headerTable, int headerSize)
                {
                    Offset = offset;
                    Size = size;
                    Link = link;
                    HeaderTable = headerTable;
                    HeaderSize = headerSize;
                }

                public long Offset { get; }

                public long Size { get; }

                public uint Link { get; }

                public long HeaderTable { get; }

                public int HeaderSize { get; }
            }
        }
    }
}
