using Microsoft.Win32.SafeHandles;
using MnistAdder.Commands;
using MnistAdder.OnnxBatching.Models;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Parquet;

namespace MnistAdder.Scoring.Output;

/// <summary>Where results go: a file that appears when it is whole, standard output, or a device or named pipe.</summary>
internal static class OutputFile
{
    // EPIPE, ERROR_BROKEN_PIPE and ERROR_NO_DATA: all say that nobody reads standard output, or the named pipe, any more.
    private static readonly int[] s_closed = [32, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];

    private const string AnotherName = "--output takes another name";

    /// <summary>Finds what can be found wrong before any work is done.</summary>
    /// <param name="output">The output's path.</param>
    /// <param name="inputs">The paths of the table or the pictures.</param>
    /// <param name="arePictures">Whether the inputs are pictures, of which a shell may have put one behind <c>-o</c> that isn't among them.</param>
    /// <param name="model">The path of the model in use.</param>
    /// <returns>The file that will be replaced, where there is one that may be a picture: no image of the input's may be that.</returns>
    /// <exception cref="IOException">The output can't be written, or something else would be lost.</exception>
    public static FileIdentity? Check(string output, IEnumerable<string> inputs, bool arePictures, string model)
    {
        if (output == InputFile.Standard && !StandardStreams.HasOutput)
            throw StandardStreams.OutputIsClosed();
        if (output != InputFile.Standard && StandardStreams.IsClosed(output))
            throw new IOException($"The output '{output}' can't be written: it is a closed descriptor.");
        FileStatus there = FileStatus.Of(output);
        if (output == InputFile.Standard || IsDevice(output) || there.Kind == FileKind.Other)
            return null;
        if (there.Kind == FileKind.Folder)
            throw new IOException($"The output '{output}' is a folder; --output takes a file's name.");
        string target = Target(output);
        string folder = Path.GetDirectoryName(target) ?? target;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The folder of the output '{output}' doesn't exist; make it first.");
        if (there.Kind == FileKind.Missing)
            return null;
        if (inputs.Any(input => input != InputFile.Standard && FileStatus.Of(input) == there))
            throw new IOException($"The output '{output}' is the input itself; {AnotherName}.");
        if (FileStatus.Of(model) == there)
            throw new IOException($"The output '{output}' is the model itself; {AnotherName}.");
        if (IsModel(target))
            throw new IOException($"The output '{output}' is a model, which results would replace; {AnotherName}, and --model the model's.");
        if (arePictures && PictureList.IsPicture(target))
            throw new IOException($"The output '{output}' is a picture, which results would replace; {AnotherName}.");
        return MayBePicture(target) ? there.Identity : null;
    }

    /// <summary>Writes the output; a file is there only after success.</summary>
    /// <param name="output">The output's path.</param>
    /// <param name="write">Writes the contents.</param>
    /// <param name="stop">Ends the waiting for a pipe's reader.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="OutputClosedException">Nobody reads standard output, or the named pipe, any more.</exception>
    public static void Write(string output, Action<Stream> write, CancellationToken stop)
    {
        try
        {
            if (output == InputFile.Standard)
                WriteStraight(OpenStandard(stop), write);
            else if (OpenSpecial(output, stop) is { } special)
                WriteStraight(special, write);
            else
                WriteWhole(output, write);
        }
        catch (IOException exception) when (s_closed.Contains(exception.HResult))
        {
            throw new OutputClosedException(exception);
        }
        catch (Exception exception) when (UnwritableFileException.IsMeant(exception))
        {
            string name = output == InputFile.Standard ? "Standard output" : $"The output '{output}'";
            string reason = (exception as UnwritableFileException ?? new UnwritableFileException(output, exception)).Reason;
            throw new IOException($"{name} can't be written: {reason}.", exception);
        }
    }

    private static void WriteWhole(string output, Action<Stream> write)
    {
        AtomicFile.RemoveAbandoned(output);
        AtomicFile.Write(output, write);
    }

    private static void WriteStraight(Stream stream, Action<Stream> write)
    {
        using (stream)
            write(stream);
    }

    // The console's own stream takes a closed pipe for success, so that a million rows would be scored for nobody. A file stream says so,
    // but keeps a position of its own in a file, which standard error may be writing to as well.
    private static Stream OpenStandard(CancellationToken stop)
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();
        var file = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return file.CanSeek ? Console.OpenStandardOutput() : new InterruptibleStream(file, stop);
    }

    // What must not be replaced by a file: a device such as /dev/null, or a named pipe, which not every system tells before it is open. A
    // file that must not be written isn't replaced either.
    private static InterruptibleStream? OpenSpecial(string output, CancellationToken stop)
    {
        FileKind kind = FileStatus.Of(output).Kind;
        if (kind == FileKind.Missing)
            return null;
        FileStream stream = Interruptible.Call(() => new FileStream(output, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0), stop);
        if (kind == FileKind.Other || IsDevice(output) || !stream.CanSeek)
            return new InterruptibleStream(stream, stop);
        stream.Dispose();
        return null;
    }

    private static bool IsDevice(string path)
    {
        string full = Path.GetFullPath(path);
        return full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal);
    }

    private static string Target(string output)
    {
        try
        {
            return AtomicFile.TargetOf(output);
        }
        catch (UnwritableFileException exception)
        {
            throw new IOException($"The output {exception.Message}", exception);
        }
    }

    // Results of an earlier run aren't, and to look at each row's file for their sake takes a fifth of what reading it does.
    private static bool MayBePicture(string file)
    {
        try
        {
            using FileStream stream = RegularFile.OpenRead(file);
            Span<byte> beginning = stackalloc byte[512];
            beginning = beginning[..stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false)];
            return beginning.IndexOfAnyInRange((byte)0, (byte)8) >= 0 && !beginning.StartsWith(ParquetFile.Magic); // no text has such bytes
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return true;
        }
    }

    // By what is in it: an ONNX file, or a zip such as model.zip.
    private static bool IsModel(string file)
    {
        try
        {
            using FileStream stream = RegularFile.OpenRead(file);
            Span<byte> beginning = stackalloc byte[4];
            int read = stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
            stream.Position = 0;
            return beginning[..read].SequenceEqual("PK\u0003\u0004"u8) || ModelOutline.Read(stream).Model is not null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return false; // an output that can be written needn't be readable
        }
    }
}
