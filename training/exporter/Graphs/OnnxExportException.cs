namespace MnistAdder.OnnxExport;

/// <summary>A module has no ONNX counterpart, or a setting that ONNX can't express.</summary>
public sealed class OnnxExportException : NotSupportedException
{
    /// <summary>An exception without a message of its own.</summary>
    public OnnxExportException()
    {
    }

    /// <summary>An exception that isn't about one module.</summary>
    /// <param name="message">What can't be exported, and what to do about it.</param>
    public OnnxExportException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a cause.</summary>
    /// <param name="message">What can't be exported, and what to do about it.</param>
    /// <param name="innerException">The cause.</param>
    public OnnxExportException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal OnnxExportException(string modulePath, string message, Exception? innerException)
        : base(message, innerException) => ModulePath = modulePath;

    /// <summary>The dotted path of the module in the tree, such as <c>digit.pool3</c>; empty for the root.</summary>
    public string ModulePath { get; } = "";
}
