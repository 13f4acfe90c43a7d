namespace MnistAdder.OnnxExport;

/// <summary>A module has no ONNX counterpart, or a setting that ONNX can't express.</summary>
public sealed class OnnxExportException : NotSupportedException
{
    internal OnnxExportException(string message)
        : base(message)
    {
    }

    internal OnnxExportException(string message, Exception cause)
        : base(message, cause)
    {
    }

    internal OnnxExportException(string modulePath, string message)
        : base(message) => ModulePath = modulePath;

    /// <summary>The dotted path of the module in the tree, such as <c>digit.pool3</c>; empty for the root.</summary>
    public string ModulePath { get; } = "";
}
